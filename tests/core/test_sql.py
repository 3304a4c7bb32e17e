from datetime import UTC, datetime

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection

from core.sql import execute, fetch_all, fetch_one
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db


def test_fetch_one_is_a_dict_or_none():
    alice = make_user()
    row = fetch_one("SELECT id, username FROM accounts_user WHERE id = %s", [alice.pk])
    assert row == {"id": alice.pk, "username": "alice1"}
    assert fetch_one("SELECT id FROM accounts_user WHERE id = %s", [alice.pk + 1]) is None


def test_fetch_all_is_a_list_of_dicts():
    for name in ("alice1", "robert"):
        make_user(name)
    rows = fetch_all("SELECT username FROM accounts_user ORDER BY id")
    assert rows == [{"username": "alice1"}, {"username": "robert"}]
    assert fetch_all("SELECT username FROM accounts_user WHERE id < %s", [0]) == []


def test_execute_returns_how_many_rows_it_touched():
    alice = make_user()
    statement = "UPDATE accounts_user SET bio = %s WHERE id = %s"
    assert execute(statement, ["缓存", alice.pk]) == 1
    alice.refresh_from_db()
    assert alice.bio == "缓存"


def test_parameters_are_never_sql():
    make_user()
    trick = "' OR '1'='1"
    assert fetch_all("SELECT id FROM accounts_user WHERE username = %s", [trick]) == []


def test_a_percent_sign_stands_for_itself_without_parameters():
    make_user()
    assert fetch_one("SELECT username FROM accounts_user WHERE username LIKE 'al%'") is not None


def test_a_string_is_no_list_of_parameters():
    with pytest.raises(TypeError, match="write \\[value\\]"):
        fetch_one("SELECT %s", "abc")


def test_an_aware_time_compares_as_the_orm_stores_it():
    article = make_article(make_user(), publish_at=datetime(2026, 5, 1, 12, 0, 0, 1, UTC))
    sql = "SELECT id FROM articles_article WHERE publish_at = %s"
    assert fetch_one(sql, [article.publish_at]) == {"id": article.pk}


def test_errors_are_those_of_django():
    with pytest.raises((OperationalError, ProgrammingError)):
        fetch_one("SELECT nothing FROM nowhere")


def test_a_unique_clash_is_an_integrity_error():
    alice, bob = make_user(), make_user("robert")
    with pytest.raises((IntegrityError, DataError)):
        execute("UPDATE accounts_user SET username = %s WHERE id = %s", ["alice1", bob.pk])
    assert alice.pk != bob.pk


@pytest.mark.django_db(transaction=True)
def test_the_cursor_is_closed_and_the_statement_committed():
    alice = make_user()
    execute("UPDATE accounts_user SET bio = 'x' WHERE id = %s", [alice.pk])
    connection.close()
    assert fetch_one("SELECT bio FROM accounts_user WHERE id = %s", [alice.pk]) == {"bio": "x"}
