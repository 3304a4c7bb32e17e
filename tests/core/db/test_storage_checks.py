"""What may not keep every text is refused by id, and the line that is named mends it."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from core.db.storage_checks import (
    Column,
    Storage,
    Table,
    check_storage,
    read_storage,
    storage,
)
from tests.core.mysql_pool.conftest import ON_MYSQL

on_mysql = pytest.mark.skipif(not ON_MYSQL, reason="runs in the pass on MariaDB")
TAGS = Table("articles_tag", "InnoDB", "Dynamic", "utf8mb4_unicode_520_ci", [])
SITE = Storage("inkpool", "utf8mb4", "dynamic", [TAGS])
NAME = Column("name", "varchar(50)", "utf8mb3", "NO", "utf8mb4_bin")


def ids(found: Storage) -> list[str]:
    messages = check_storage(found)
    assert all(message.hint and "type: " in message.hint for message in messages)
    return [message.id for message in messages]


def test_database_made_by_the_site_passes():
    assert ids(SITE) == []


@pytest.mark.parametrize("charset", ["utf8mb3", "utf8", "latin1", "gbk"])
def test_database_that_is_not_utf8mb4_is_refused(charset):
    assert ids(SITE._replace(charset=charset)) == ["core.E032"]


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"columns": [NAME]}, "core.E033"),
        ({"collation": "utf8mb3_general_ci"}, "core.E033"),
        ({"engine": "MyISAM", "row_format": "Dynamic"}, "core.E034"),
        ({"engine": "Aria", "row_format": "Page"}, "core.E034"),
        ({"row_format": "Compact"}, "core.W041"),
        ({"row_format": "Redundant"}, "core.W041"),
    ],
)
def test_table_that_cannot_store_every_text_is_an_error(changes, id):
    assert ids(SITE._replace(tables=[TAGS._replace(**changes)])) == [id]


@pytest.mark.parametrize("row_format", ["compact", "redundant"])
def test_old_row_format_of_new_tables_is_refused(row_format):
    assert ids(SITE._replace(row_format=row_format)) == ["core.E035"]


def test_column_keeps_its_type_and_gets_its_fields_collation():
    wanted = "MODIFY `name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
    assert NAME.repaired() == wanted
    assert NAME._replace(nullable="YES").repaired().endswith(" NULL")


BROKEN = {
    "ALTER DATABASE `{}` CHARACTER SET utf8mb3": "core.E032",
    "ALTER TABLE articles_tag CONVERT TO CHARACTER SET utf8mb3": "core.E033",
    "ALTER TABLE articles_tag DEFAULT CHARACTER SET latin1": "core.E033",
    "ALTER TABLE django_migrations ENGINE=MyISAM": "core.E034",
    "ALTER TABLE django_migrations ROW_FORMAT=COMPACT": "core.W041",
}


@on_mysql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", BROKEN)
def test_statement_in_the_hint_repairs_it(statement):
    name = connection.settings_dict["NAME"]
    before = definition()
    run(statement.format(name))
    (message,) = storage(databases=["default"])
    assert message.id == BROKEN[statement]
    line = re.search(r"type: (ALTER .*;)", message.hint)[1]
    run(line)
    assert storage(databases=["default"]) == []
    assert definition() == before


def definition() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, column_type, character_set_name, collation_name, is_nullable "
            "FROM information_schema.columns WHERE table_schema = DATABASE() "
            "AND table_name = 'articles_tag' ORDER BY ordinal_position"
        )
        return cursor.fetchall()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@on_mysql
@pytest.mark.django_db(transaction=True)
def test_table_of_another_program_is_not_checked():
    run("CREATE TABLE others (name varchar(9)) ENGINE=MyISAM CHARACTER SET latin1")
    try:
        assert storage(databases=["default"]) == []
    finally:
        run("DROP TABLE others")


@on_mysql
@pytest.mark.django_db(transaction=True)
def test_migrate_refuses():
    name = connection.settings_dict["NAME"]
    run(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb3")
    try:
        with pytest.raises(SystemCheckError, match=r"core\.E032"):
            call_command("migrate", skip_checks=False, verbosity=0)
    finally:
        run(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")


@on_mysql
@pytest.mark.django_db
def test_all_tables_of_the_site_are_checked():
    found = {table.name for table in read_storage("default").tables}
    assert {"articles_article", "articles_article_tags", "django_migrations"} <= found
    assert {"accounts_user", "django_session", "accounts_user_groups"} <= found


def test_unreachable_database_is_not_reported():
    assert storage() == storage(databases=[]) == []
