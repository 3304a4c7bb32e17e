"""What one borrower does to its session is not met by the next, and a clean one costs nothing."""

import pytest
from django.db import Error, InterfaceError, transaction

COUNTERS = "('Questions', 'Com_admin_commands')"
# What a borrower does, what the next one asks, the answer of an untouched session, and
# whether the stock package lets it through. None as answer: the question must not be an error.
LEAKS = {
    "user variable": ("SET @x = 7", "SELECT @x", None, True),
    "user variable in a query": ("SELECT @x := 7", "SELECT @x", None, True),
    "sql_mode": ("SET sql_mode = ''", "SELECT @@sql_mode = ''", 0, True),
    "time_zone": ("SET time_zone = '+05:00'", "SELECT @@time_zone = '+05:00'", 0, True),
    "foreign keys": ("SET foreign_key_checks = 0", "SELECT @@foreign_key_checks", 1, True),
    "isolation": (
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SHOW VARIABLES WHERE variable_name LIKE '%%x_isolation' AND value = 'SERIALIZABLE'",
        None,
        False,
    ),
    "autocommit": ("SET autocommit = 0", "SELECT @@autocommit", 1, False),
    "lock": ("SELECT GET_LOCK('inkpool', 0)", "SELECT IS_USED_LOCK('inkpool')", None, True),
    "locked table": ("LOCK TABLES leaks READ", "INSERT INTO leaks VALUES (1)", None, True),
    "temporary table": (
        "CREATE TEMPORARY TABLE leaks_2 (a INT)",
        "CREATE TEMPORARY TABLE leaks_2 (a INT)",
        None,
        True,
    ),
    "other database": ("USE mysql", "SELECT DATABASE() = 'mysql'", 0, True),
    "insert id": ("SELECT LAST_INSERT_ID(9)", "SELECT LAST_INSERT_ID()", 0, True),
    "two statements": ("SELECT 1; SET @x = 7", "SELECT @x", None, True),
    "transaction": ("BEGIN; INSERT INTO leaks VALUES (1)", "SELECT COUNT(*) FROM leaks", 0, False),
}
ours = pytest.mark.parametrize(
    ("does", "asks", "untouched"), [row[:3] for row in LEAKS.values()], ids=LEAKS
)
theirs = pytest.mark.parametrize(
    ("does", "asks", "untouched"),
    [row[:3] for row in LEAKS.values() if row[3]],
    ids=[name for name, row in LEAKS.items() if row[3]],
)


@pytest.fixture(autouse=True)
def table(request, server):
    server("CREATE TABLE IF NOT EXISTS leaks (a INT)")
    yield
    server("DROP TABLE leaks")


def run(alias, borrower, statements: str) -> None:
    for statement in statements.split(";") if "BEGIN" in statements else [statements]:
        alias.ask(statement, borrower)


def answer_after(alias, does, asks):
    """What the next borrower of the very same slot is told."""
    borrower = alias.borrower()
    run(alias, borrower, does)
    borrower.close()
    return alias.ask(asks)


@ours
def test_nothing_leaks(engine, does, asks, untouched):
    assert answer_after(engine(MAX_CONNECTIONS=1), does, asks) == untouched


@theirs
def test_stock_package_leaks(stock, does, asks, untouched):
    try:
        answer = answer_after(stock(POOL_SIZE=1, MAX_OVERFLOW=0, TIMEOUT=1), does, asks)
    except Error:
        return
    assert answer != untouched


@ours
def test_nothing_leaks_from_statements_sent_past_django(engine, does, asks, untouched):
    """The driver's own cursor, taken from the connection: the pool does not see what it sends."""
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    borrower.ensure_connection()
    for statement in does.split(";"):
        with borrower.connection.cursor() as cursor:
            cursor.execute(statement)
    borrower.close()
    assert alias.ask(asks) == untouched


def test_reset_connection_is_the_same_one_set_up_again(engine):
    alias = engine(MAX_CONNECTIONS=1, SET_SESSION=["SET @counter = COALESCE(@counter, 0) + 1"])
    first = alias.ask("SELECT CONNECTION_ID()")
    mode = alias.ask("SELECT @@sql_mode")
    asked = "SELECT CONCAT_WS(' ', CONNECTION_ID(), @counter, @@sql_mode, @@time_zone)"
    for _ in range(3):  # the question itself makes it dirty
        assert alias.ask(asked) == f"{first} 1 {mode} +00:00"


def test_reset_keeps_the_character_set(engine):
    alias = engine(MAX_CONNECTIONS=1)
    alias.ask("SET NAMES latin1")
    assert alias.ask("SELECT CONCAT('墨池', @@character_set_connection)") == "墨池utf8mb4"


def test_drivers_own_character_set_is_taken_back(engine):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    borrower.ensure_connection()
    borrower.connection.set_character_set("latin1")
    borrower.close()
    assert alias.ask("SELECT CONCAT('墨池', @@character_set_connection)") == "墨池utf8mb4"


def test_statement_sent_through_the_drivers_connection_makes_it_dirty(engine):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    borrower.ensure_connection()
    borrower.connection.send_query(b"SET @x = 7")
    borrower.connection.read_query_result()
    borrower.close()
    assert alias.ask("SELECT @x") is None


def test_connection_that_cannot_be_reset_is_replaced(engine, server):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    first = alias.ask("SELECT CONNECTION_ID() + (@x := 0)", borrower)
    server(f"KILL {int(first)}")
    borrower.close()
    assert alias.ask("SELECT CONNECTION_ID()") != first
    assert "0 of 1 in use, 1 idle" in alias.pool.status()


def test_open_manual_transaction_is_rolled_back(engine):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    borrower.set_autocommit(False)
    alias.ask("INSERT INTO leaks VALUES (1)", borrower)
    borrower.close()
    assert alias.ask("SELECT COUNT(*) FROM leaks") == 0
    assert alias.ask("SELECT @@autocommit") == 1


def test_closing_inside_atomic_rolls_back(engine, monkeypatch):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    monkeypatch.setattr(transaction, "get_connection", lambda using: borrower)
    with transaction.atomic(using=alias.alias):
        alias.ask("INSERT INTO leaks VALUES (1)", borrower)
        borrower.close()
    assert alias.ask("SELECT COUNT(*) FROM leaks") == 0


def cost(server, work) -> int:
    """The number of commands that reach the server meanwhile."""

    def count() -> int:
        rows = server(f"SHOW GLOBAL STATUS WHERE variable_name IN {COUNTERS}")
        return sum(int(value) for _, value in rows)

    before = count()
    work()
    return count() - before - 1


def test_clean_query_costs_exactly_one_round_trip(engine, server):
    alias = engine()
    alias.ask("SELECT 1")
    assert cost(server, lambda: alias.ask("SELECT 1")) == 1


def test_clean_query_of_the_stock_package_costs_more_round_trips(stock, server):
    alias = stock()
    alias.ask("SELECT 1")
    assert cost(server, lambda: alias.ask("SELECT 1")) >= 4


def test_after_half_an_idle_second_a_ping_is_added(engine, server):
    alias = engine(PING="checkout")
    alias.ask("SELECT 1")
    assert cost(server, lambda: alias.ask("SELECT 1")) == 2


def test_parameters_do_not_make_a_connection_dirty(engine, server):
    """An address with its @ is a parameter: it makes nothing dirty."""
    alias = engine()
    borrower = alias.borrower()
    with borrower.cursor() as cursor:
        cursor.execute("SELECT %s", ["alice@example.org; SET @x = 1"])
    assert not borrower.connection.dirty
    borrower.close()


def test_cursor_that_outlives_its_lease_is_refused(engine):
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    cursor = borrower.cursor()
    cursor.execute("SELECT 1")
    borrower.close()
    with pytest.raises(InterfaceError, match="gone back to the pool"):
        cursor.execute("SELECT 1")
    cursor.close()


def test_lease_closed_past_its_wrapper_is_a_database_error(engine):
    borrower = engine(MAX_CONNECTIONS=1).borrower()
    borrower.ensure_connection()
    borrower.connection.close()
    assert not borrower.is_usable()
    with pytest.raises(InterfaceError, match="gone back to the pool"):
        borrower.cursor()
    assert repr(borrower) == f"<DatabaseWrapper vendor='mysql' alias={borrower.alias!r}>"


def test_many_rows_in_one_call_are_written_and_leave_the_session_clean(engine):
    """The driver joins them into one statement, as a bytearray."""
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    with borrower.cursor() as cursor:
        cursor.executemany("INSERT INTO leaks VALUES (%s)", [[1], [2], [3]])
    assert not borrower.connection.dbapi_connection.dirty
    borrower.close()
    assert alias.ask("SELECT SUM(a) FROM leaks") == 6


def test_engine_asks_for_innodb_whatever_the_servers_default_is(engine, server):
    server("SET GLOBAL default_storage_engine = MyISAM")
    try:
        alias = engine()
        assert alias.ask("SELECT @@default_storage_engine") == "InnoDB"
        alias.ask("SET default_storage_engine = MyISAM")
        assert alias.ask("SELECT @@default_storage_engine") == "InnoDB"
        assert alias.borrower().features.supports_transactions
    finally:
        server("SET GLOBAL default_storage_engine = InnoDB")
