"""DB_POOL_RELEASE=transaction: what holds a connection, and what does not."""

import gc
import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, ProgrammingError, connections, transaction

from core import sql
from tests.core.mysql_pool.conftest import in_threads

User = get_user_model()


@pytest.fixture
def alias(engine):
    """A pool of one that releases early, and this thread's connection to it by name."""
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=0.2, RELEASE="transaction")
    connections[alias.alias] = alias.borrower()
    with connections[alias.alias].cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS early (id INT AUTO_INCREMENT PRIMARY KEY)")
    connections[alias.alias].close()  # DDL is not vouched for, so it held the connection
    yield alias
    alias.ask("DROP TABLE early", connections[alias.alias])
    connections[alias.alias].close()
    del connections[alias.alias]


@pytest.fixture
def mine(alias):
    return connections[alias.alias]


def free(alias) -> bool:
    return "0 of 1 in use" in alias.pool.status()


def test_orm_query_holds_no_connection_afterwards(alias):
    list(User.objects.using(alias.alias).all())
    assert free(alias)


def test_raw_sql_holds_no_connection_afterwards(alias):
    assert sql.fetch_one("SELECT 7 AS seven", using=alias.alias) == {"seven": 7}
    assert free(alias)


def test_rows_and_insert_id_are_read_from_the_cursor(alias, mine):
    with mine.cursor() as cursor:
        cursor.execute("INSERT INTO early VALUES (NULL)")
        first = cursor.lastrowid
    user = User.objects.using(alias.alias).create(username="alice_early")
    try:
        assert first and user.pk and free(alias)
    finally:
        user.delete()


def test_release_at_request_holds_the_connection(engine):
    alias = engine(MAX_CONNECTIONS=1, RELEASE="request")
    borrower = alias.borrower()
    alias.ask("SELECT 1", borrower)
    assert not free(alias)


def test_atomic_block_holds_the_connection(alias):
    with transaction.atomic(using=alias.alias):
        User.objects.using(alias.alias).count()
        with transaction.atomic(using=alias.alias):
            User.objects.using(alias.alias).count()
        assert not free(alias)
    assert free(alias)


def test_failed_atomic_block_is_rolled_back_and_releases(alias, mine):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias.alias):
        alias.ask("INSERT INTO early VALUES (NULL)", mine)
        1 / 0  # noqa: B018
    assert free(alias)
    assert alias.ask("SELECT COUNT(*) FROM early", mine) == 0


def test_every_on_commit_hook_runs_though_they_query(alias):
    ran = []

    def hook(number):
        ran.append((number, User.objects.using(alias.alias).count()))

    with transaction.atomic(using=alias.alias):
        for number in range(3):
            transaction.on_commit(lambda number=number: hook(number), using=alias.alias)
    assert [number for number, _ in ran] == [0, 1, 2]
    assert free(alias)


def test_slow_on_commit_hook_holds_no_connection(alias):
    seen = []
    with transaction.atomic(using=alias.alias):
        User.objects.using(alias.alias).count()
        transaction.on_commit(lambda: seen.append(free(alias)), using=alias.alias)
    assert seen == [True]


def test_failing_on_commit_hook_leaves_no_connection_held(alias):
    def fails():
        User.objects.using(alias.alias).count()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic(using=alias.alias):
        User.objects.using(alias.alias).count()
        transaction.on_commit(fails, using=alias.alias)
    assert free(alias)


def test_hook_may_begin_a_transaction_with_hooks_of_its_own(alias):
    ran = []

    def hook():
        with transaction.atomic(using=alias.alias):
            transaction.on_commit(lambda: ran.append(free(alias)), using=alias.alias)

    with transaction.atomic(using=alias.alias):
        transaction.on_commit(hook, using=alias.alias)
    assert ran == [True]
    assert free(alias)


def test_connection_killed_inside_atomic_is_released(alias, mine, server):
    ran = []
    with pytest.raises(OperationalError), transaction.atomic(using=alias.alias):
        transaction.on_commit(lambda: ran.append(1), using=alias.alias)
        server(f"KILL {alias.ask('SELECT CONNECTION_ID()', mine)}")
    assert free(alias)
    assert ran == []
    assert alias.ask("SELECT 7", mine) == 7
    assert free(alias)


def test_manual_transaction_holds_the_connection(alias, mine):
    mine.set_autocommit(False)
    alias.ask("INSERT INTO early VALUES (NULL)", mine)
    assert not free(alias)
    mine.rollback()
    mine.set_autocommit(True)
    assert free(alias)


def test_open_cursor_holds_the_connection(alias, mine):
    cursor = mine.cursor()
    cursor.execute("SELECT 1 UNION SELECT 2")
    alias.ask("SELECT 1", mine)
    assert not free(alias)
    assert cursor.fetchall() == ((1,), (2,))
    cursor.close()
    assert free(alias)


def test_cursor_dropped_unclosed_holds_the_connection_until_the_next_closes(alias, mine):
    mine.cursor().execute("SELECT 1")
    gc.collect()
    alias.ask("SELECT 1", mine)
    assert free(alias)


def test_iterator_holds_the_connection_until_its_end(alias):
    for number in range(3):
        User.objects.using(alias.alias).create(username=f"early_{number}")
    try:
        users = User.objects.using(alias.alias).order_by("pk").iterator(chunk_size=1)
        names = [next(users).username]
        assert not free(alias)
        names += [user.username for user in users]
        assert names == ["early_0", "early_1", "early_2"]
        assert free(alias)
    finally:
        User.objects.using(alias.alias).filter(username__startswith="early_").delete()


@pytest.mark.parametrize("dirt", ["SET @x = 7", "SELECT GET_LOCK('early', 0)"])
def test_session_state_holds_the_connection(alias, mine, dirt):
    alias.ask(dirt, mine)
    assert not free(alias)
    alias.ask("SELECT @x", mine)
    mine.close()
    assert free(alias)


def test_user_variable_stays_for_the_whole_request(alias, mine):
    alias.ask("SET @x = 7", mine)
    assert alias.ask("SELECT @x", mine) == 7


LOOKING_BACK = ["SELECT LAST_INSERT_ID()", "SHOW WARNINGS", "SELECT FOUND_ROWS()"]


@pytest.mark.parametrize("statement", [*LOOKING_BACK, "SELECT @@warning_count"])
def test_looking_back_at_another_lease_is_refused(alias, mine, statement):
    alias.ask("INSERT INTO early VALUES (NULL)", mine)
    with pytest.raises(ProgrammingError, match="atomic"):
        alias.ask(statement, mine)
    assert free(alias)


@pytest.mark.parametrize("statement", LOOKING_BACK)
def test_looking_back_within_a_lease_is_allowed(alias, mine, statement):
    with mine.cursor() as cursor:
        cursor.execute("INSERT INTO early VALUES (NULL)")
        cursor.execute(statement)
    with transaction.atomic(using=alias.alias):
        alias.ask("INSERT INTO early VALUES (NULL)", mine)
        alias.ask(statement, mine)


def test_failed_query_holds_no_connection_afterwards(alias, mine):
    with pytest.raises(ProgrammingError):
        alias.ask("SELECT * FROM no_such_table", mine)
    assert free(alias)


def test_threads_hold_no_connection_between_queries(engine):
    """The notes' load: each thread queries, then all of them work at the same time."""
    alias, all_asked = engine(MAX_CONNECTIONS=2, RELEASE="transaction"), threading.Barrier(30)

    def request(number):
        borrower = alias.borrower()
        answer = alias.ask(f"SELECT {number}", borrower)
        all_asked.wait(30)  # none passes before each has had its answer
        answer += alias.ask(f"SELECT {number}", borrower)
        borrower.close()
        return answer

    assert in_threads(30, request) == [2 * number for number in range(30)]


def test_cursor_that_creates_databases_is_not_pooled(engine):
    borrower = engine(RELEASE="transaction").borrower()
    with borrower._nodb_cursor() as cursor:
        cursor.execute("SELECT DATABASE()")
        assert cursor.fetchone() == (None,)
