"""A migration that fails leaves its first operation behind, with Alembic and with Django."""

import pytest
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.state import ProjectState

from tests.parity.book import same

pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "migrations"


class FailsHalfway(migrations.Migration):
    operations = [
        migrations.CreateModel("Note", [("id", models.IntegerField(primary_key=True))]),
        migrations.RunSQL("CREATE TABLE parity_note (id INT PRIMARY KEY)"),
    ]


def migrate_that_fails():
    with (
        pytest.raises(OperationalError),
        connection.schema_editor(atomic=FailsHalfway.atomic) as editor,
    ):
        FailsHalfway("0001_initial", "parity").apply(ProjectState(), editor)
    is_there = "parity_note" in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE parity_note")
    return is_there


def test_first_operation_of_a_failed_migration_stays(flask):
    theirs = flask("upgrade_that_fails")
    assert theirs
    same("a failed migration keeps its first operation", migrate_that_fails(), theirs)
