"""What a session remembers of its last statement is its own borrower's, or nothing."""

from contextlib import suppress

import pytest
from django.db import Error, transaction

from core.mysql_pool.statements import traits

INSERT = "INSERT INTO remembered VALUES (NULL)"
WARNS = "SELECT CAST('other people''s text' AS SIGNED)"
# What a borrower does, what the next one asks first, and what a new connection is told.
MEMORY = {
    "insert id": (INSERT, "SELECT LAST_INSERT_ID()", 0),
    "insert id, commented": (INSERT, "SELECT LAST_INSERT_ID/**/ ()", 0),
    "insert id, as bytes": (INSERT, b"SELECT LAST_INSERT_ID\n()", 0),
    "insert id, as a setting": (INSERT, "SELECT @@last_insert_id", 0),
    "identity": (INSERT, "SELECT @@local.`identity`", 0),
    "used to write": (INSERT, "INSERT INTO remembered VALUES (1000 + LAST_INSERT_ID())", None),
    "found rows": ("SELECT 1 UNION SELECT 2", "SELECT FOUND_ROWS()", 0),
    "row count": (f"{INSERT}, (NULL)", "SELECT ROW_COUNT()", 0),
    "warnings": (WARNS, "SHOW WARNINGS", None),
    "their number": (WARNS, "SELECT @@warning_count", 0),
    "errors": ("SELECT 1 FROM nothing_of_bob", "SHOW ERRORS", None),
    "diagnostics": ("SELECT 1 FROM nothing_of_bob", "SHOW COUNT(*) ERRORS", 0),
}
cases = pytest.mark.parametrize(("does", "asks", "new"), MEMORY.values(), ids=MEMORY)


@pytest.fixture(autouse=True)
def table(server):
    server("CREATE TABLE remembered (id INT AUTO_INCREMENT PRIMARY KEY)")
    yield server
    server("DROP TABLE remembered")


def do(alias, borrower, statement) -> None:
    with suppress(Error):
        alias.ask(statement, borrower)


def answer_after(alias, does, asks):
    borrower = alias.borrower()
    do(alias, borrower, does)
    borrower.close()
    return alias.ask(asks)


@cases
def test_next_borrower_sees_a_new_session(engine, server, does, asks, new):
    assert answer_after(engine(MAX_CONNECTIONS=1), does, asks) == new
    assert not server("SELECT id FROM remembered WHERE id > 1000")


def test_stock_package_shows_the_last_borrowers_insert_id(stock):
    alias = stock(POOL_SIZE=1, MAX_OVERFLOW=0)
    assert answer_after(alias, INSERT, "SELECT LAST_INSERT_ID()") == 1


def test_another_borrowers_insert_id_does_not_outlast_a_query(engine):
    alias = engine(MAX_CONNECTIONS=1)
    alias.ask(INSERT)
    borrower = alias.borrower()
    alias.ask("SELECT 1", borrower)
    assert alias.ask("SELECT LAST_INSERT_ID()", borrower) == 0


@pytest.mark.parametrize("asks", ["SELECT LAST_INSERT_ID()", "SELECT @@identity"])
def test_own_insert_id_is_kept_over_further_queries(engine, asks):
    alias = engine(MAX_CONNECTIONS=1)
    alias.ask(INSERT)
    borrower = alias.borrower()
    alias.ask(INSERT, borrower)
    alias.ask("SELECT 1", borrower)
    assert alias.ask(asks, borrower) == 2


def test_own_warnings_are_seen(engine):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    alias.ask(WARNS, borrower)
    assert alias.ask("SHOW WARNINGS", borrower)
    alias.ask("SELECT 1 UNION SELECT 2", borrower)
    assert alias.ask("SELECT FOUND_ROWS()", borrower) == 2


def test_statement_that_looks_back_keeps_the_transaction_open(engine, server, monkeypatch):
    alias = engine(MAX_CONNECTIONS=1)
    alias.ask(INSERT)
    borrower = alias.borrower()
    monkeypatch.setattr(transaction, "get_connection", lambda using: borrower)
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias.alias):
        assert alias.ask("SELECT LAST_INSERT_ID()", borrower) == 0
        alias.ask(INSERT, borrower)
        1 / 0  # noqa: B018
    assert server("SELECT COUNT(*) FROM remembered") == ((1,),)


@pytest.mark.parametrize(
    "sql",
    ["SELECT LASTVAL(s)", "SELECT PREVIOUS VALUE FOR s", "GET DIAGNOSTICS CONDITION 1 @a = NUMBER"],
)
def test_other_statements_that_look_back_are_recognised(sql):
    assert traits(sql).looks_back
    assert not traits("SELECT last_insert_identity FROM warnings").looks_back
