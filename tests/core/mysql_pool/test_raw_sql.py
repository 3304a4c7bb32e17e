"""core.sql on the pool: how long a call, a transaction and a stream have a connection."""

import threading

import pytest
from django.db import OperationalError, ProgrammingError, connections, transaction

from core import sql
from tests.core.mysql_pool.test_processes import OURS, script  # noqa: F401  (a fixture)

ME = "SELECT CONNECTION_ID() AS id"
MILLION = (
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
    "SELECT a.i, REPEAT('x', 500) AS x FROM n a, n b"
)


@pytest.fixture(params=["request", "transaction"])
def release(request):
    return request.param


@pytest.fixture
def named(engine, release):
    """An alias of `cap` connections that core.sql reaches by its name."""
    made = []

    def make(cap: int = 1):
        alias = engine(MAX_CONNECTIONS=cap, TIMEOUT=0.5, RELEASE=release)
        connections[alias.alias] = alias.borrower()
        made.append(alias)
        return alias

    yield make
    for alias in made:
        connections[alias.alias].close()
        del connections[alias.alias]


@pytest.fixture
def alias(named):
    return named()


def in_use(alias) -> int:
    return int(alias.pool.status().partition(": ")[2].split()[0])


@pytest.fixture
def notes(alias):
    """A table of the server's, without rows."""
    name = f"notes_{alias.alias}"
    alias.ask(f"CREATE TABLE {name} (id INT AUTO_INCREMENT PRIMARY KEY)")
    yield name
    connections[alias.alias].close()
    alias.ask(f"DROP TABLE {name}")


@pytest.mark.parametrize("call", [sql.fetch_one, sql.fetch_all, sql.execute])
def test_call_returns_its_connection_whatever_release_says(alias, call):
    call("SELECT 7 AS seven", using=alias.alias)
    assert in_use(alias) == 0


def test_failing_call_returns_its_connection(alias):
    for statement in ("SELECT * FROM nowhere", "SELECT 1 AS a, 2 AS a", "DELETE FROM nowhere"):
        with pytest.raises(ProgrammingError):
            sql.fetch_one(statement, using=alias.alias)
        assert in_use(alias) == 0


def test_connection_of_the_thread_is_used_and_kept(alias):
    mine = connections[alias.alias]
    with mine.cursor() as cursor:  # open for the whole test, as an ORM's that still reads
        cursor.execute("SELECT CONNECTION_ID()")
        row = sql.fetch_one(ME, using=alias.alias)
        assert (row["id"],) == cursor.fetchone()
        assert in_use(alias) == 1


def test_transaction_holds_it_and_sees_what_it_wrote(alias, notes):
    with transaction.atomic(using=alias.alias):
        sql.execute(f"INSERT INTO {notes} VALUES (5)", using=alias.alias)
        assert in_use(alias) == 1
        assert sql.fetch_all(f"SELECT id FROM {notes}", using=alias.alias) == [{"id": 5}]
    connections[alias.alias].close()
    assert in_use(alias) == 0


def test_lock_stays_held_until_the_request_ends(alias):
    sql.fetch_one("SELECT GET_LOCK('raw', 0) AS got", using=alias.alias)
    assert in_use(alias) == 1
    owner = sql.fetch_one("SELECT IS_USED_LOCK('raw') = CONNECTION_ID() AS mine", using=alias.alias)
    assert owner == {"mine": 1}
    connections[alias.alias].close()
    assert alias.ask("SELECT IS_FREE_LOCK('raw')") == 1


def test_looking_back_at_the_call_before_is_refused(alias, notes):
    sql.execute(f"INSERT INTO {notes} VALUES (NULL)", using=alias.alias)
    with pytest.raises(ProgrammingError, match="atomic"):
        sql.fetch_one("SELECT LAST_INSERT_ID() AS id", using=alias.alias)
    with transaction.atomic(using=alias.alias):
        sql.execute(f"INSERT INTO {notes} VALUES (NULL)", using=alias.alias)
        row = sql.fetch_one("SELECT LAST_INSERT_ID() AS id", using=alias.alias)
    assert row == {"id": 2}


def test_error_of_a_second_statement_is_raised(alias):
    with pytest.raises(ProgrammingError, match="nowhere"):
        sql.execute("DO 1; DELETE FROM nowhere", using=alias.alias)


def test_stream_that_is_not_read_holds_no_connection(alias):
    rows = sql.stream(MILLION, using=alias.alias)
    assert in_use(alias) == 0
    rows.close()


def test_stream_returns_its_connection_at_its_end(alias):
    rows = sql.stream(MILLION + " LIMIT 3", using=alias.alias)
    next(rows)
    assert in_use(alias) == 1
    assert len(list(rows)) == 2
    assert in_use(alias) == 0


def test_other_queries_may_run_while_a_stream_is_read(named):
    alias = named(cap=2)
    for row in sql.stream(MILLION + " LIMIT 200", using=alias.alias, chunk=10):
        assert sql.fetch_one("SELECT %s AS i", [row["i"]], using=alias.alias) == {"i": row["i"]}
    assert in_use(alias) == 0


def test_stream_takes_no_second_connection(alias):
    """The request has queried before and has nothing open: its one connection serves both."""
    alias.ask("SELECT 1", connections[alias.alias])
    assert len(list(sql.stream(MILLION + " LIMIT 3", using=alias.alias))) == 3


def test_stream_closed_early_leaves_a_clean_pool(alias):
    rows = sql.stream(MILLION, using=alias.alias, chunk=10)
    next(rows)
    rows.close()
    assert in_use(alias) == 0
    for number in range(3):
        assert sql.fetch_one("SELECT %s AS n", [number], using=alias.alias) == {"n": number}


def test_error_while_a_stream_is_read_leaves_a_clean_pool(alias):
    with pytest.raises(ZeroDivisionError):
        for row in sql.stream(MILLION, using=alias.alias):
            row["i"] / 0
    del row
    assert sql.fetch_one("SELECT 7 AS n", using=alias.alias) == {"n": 7}


def test_stream_may_be_read_by_another_thread_than_its_maker(alias):
    rows, read = sql.stream(MILLION + " LIMIT 2000", using=alias.alias), []
    next(rows)
    thread = threading.Thread(target=lambda: read.extend(rows))
    thread.start()
    thread.join()
    assert len(read) == 1999
    assert in_use(alias) == 0


def test_stream_on_a_killed_connection_raises_an_error(alias, server):
    rows = sql.stream(MILLION, using=alias.alias, chunk=100)
    next(rows)
    for (id,) in server("SELECT id FROM information_schema.processlist WHERE info LIKE 'WITH %'"):
        server(f"KILL {id}")
    with pytest.raises(OperationalError):
        list(rows)
    assert in_use(alias) == 0
    assert sql.fetch_one("SELECT 7 AS n", using=alias.alias) == {"n": 7}


def test_within_a_transaction_a_stream_reads_on_its_connection(alias, notes):
    with transaction.atomic(using=alias.alias):
        sql.execute(f"INSERT INTO {notes} VALUES (5), (6)", using=alias.alias)
        rows = sql.stream(f"SELECT id FROM {notes} ORDER BY id", using=alias.alias, chunk=1)
        assert next(rows) == {"id": 5}
        with pytest.raises(ProgrammingError, match="out of sync"):
            sql.fetch_one("SELECT 1 AS n", using=alias.alias)
        rows.close()
        assert sql.fetch_one("SELECT 1 AS n", using=alias.alias) == {"n": 1}


FORK_IN_STREAM = f"""
from core.sql import stream
rows = stream({MILLION + " LIMIT 5000"!r}, chunk=10)
next(rows)
child = os.fork()
if not child:
    rows.close()
    os._exit(ask("SELECT 7"))
code = os.waitpid(child, 0)[1] >> 8
print(code, sum(1 for row in rows))
"""


def test_forked_child_ends_its_copy_of_a_stream_not_the_parents(script):  # noqa: F811
    assert script(OURS, FORK_IN_STREAM) == "7 4999"
