"""Each parameter of PooledDB beside ours, as the server sees it, and the notes' load test."""

import threading
import time

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError

from tests.core.mysql_pool.conftest import in_threads
from tests.parity.conftest import FlaskError, differs, mariadb, same

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
SUBJECT = "pool"
MINE = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %r"


@pytest.fixture
def count(server):
    """The connections to this database on the server, less those that were there before."""

    def now():
        return server(MINE % mariadb()["database"])[0][0] - before

    before = 0
    before = now()

    def settled(number, patience=3):
        """A connection that was closed is gone for the server a moment later."""
        ends = time.monotonic() + patience
        while now() != number and time.monotonic() < ends:
            time.sleep(0.005)
        return now()

    settled.now = now
    return settled


@pytest.fixture(autouse=True)
def closed(flask):
    flask("make")
    yield
    flask("make")


def hold(alias, number):
    borrowers = [alias.borrower() for _ in range(number)]
    for each in borrowers:
        each.ensure_connection()
    return borrowers


def release(borrowers):
    for each in borrowers:
        each.close()


def test_mincached_is_opened_at_the_start(flask, engine, count):
    engine(MIN_CACHED=2).pool.warm()
    ours = count(2)
    flask("make", mincached=2)
    same("mincached=2", ours, count(4) - ours)


def test_maxconnections_is_what_the_server_sees(flask, engine, count):
    alias = engine(MAX_CONNECTIONS=3, BLOCKING=False)
    kept = hold(alias, 3)
    ours = count(3)
    with pytest.raises(OperationalError) as refused:
        hold(alias, 1)
    flask("make", maxconnections=3, maxcached=3, blocking=False)
    flask("borrow", number=3)
    same("maxconnections=3", ours, count(ours + 3) - ours)
    with pytest.raises(FlaskError) as theirs:
        flask("borrow", number=1)
    release(kept)
    why = "an OperationalError like the server's own refusals, which the site answers by a 503"
    names = type(refused.value).__name__, theirs.value.name
    expected = ("PoolTimeout", "TooManyConnectionsError")
    differs("blocking=False: the error", *names, why, expected=expected)


def test_maxconnections_0(flask, engine, count):
    with pytest.raises(ImproperlyConfigured, match="MAX_CONNECTIONS"):
        _ = engine(MAX_CONNECTIONS=0).pool
    flask("make", maxconnections=0)
    flask("borrow", number=20)
    why = "a pool without a cap does not protect the server: it is refused by name"
    theirs = count(20)
    differs("maxconnections=0", "refused", theirs, why, expected=("refused", 20))


def test_maxcached_is_what_stays(flask, engine, count):
    alias = engine(MAX_CONNECTIONS=6, MIN_CACHED=0, MAX_CACHED=2)
    release(hold(alias, 5))
    ours = count(2)
    flask("make", maxcached=2)
    flask("borrow", number=5)
    flask("give_back")
    same("maxcached=2: after five were in use", ours, count(ours + 2) - ours)


def test_blocking(flask, engine):
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=0.3)
    kept = hold(alias, 1)
    with pytest.raises(DatabaseError) as late:
        hold(alias, 1)
    release(kept)
    flask("make", maxconnections=1, maxcached=1)
    flask("borrow", number=1)
    theirs = "waits" if flask("waits", seconds=1) else "done"
    why = "who waits for ever holds a thread for ever: after DB_POOL_TIMEOUT there is an error"
    names = type(late.value).__name__, theirs
    differs("blocking=True: for how long", *names, why, expected=("PoolTimeout", "waits"))


def test_blocking_is_served_when_one_comes_back(flask, engine):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=1, TIMEOUT=20)
    ours = in_threads(8, lambda number: alias.ask("SELECT 1"))
    flask("make", maxconnections=1, maxcached=1)
    same("blocking=True: all are served", len(ours), flask("load", threads=8, pooled=True))
    assert ours == [1] * 8


def test_maxusage(flask, engine):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, MAX_USAGE=2)
    ours = [alias.ask("SELECT CONNECTION_ID()") for _ in range(6)]
    flask("make", maxconnections=1, maxcached=1, maxusage=2)
    theirs = [flask("ask", sql="SELECT CONNECTION_ID()") for _ in range(6)]
    same("maxusage=2: connections of six requests", len(set(ours)), len(set(theirs)))


def test_a_cap_below_maxcached(flask, engine, count):
    with pytest.raises(ImproperlyConfigured, match="MAX_CACHED"):
        _ = engine(MAX_CONNECTIONS=3, MAX_CACHED=5).pool
    flask("make", maxconnections=3, maxcached=5)
    flask("borrow", number=5)
    why = "PooledDB raises the cap without a word; here the two are named"
    differs("maxcached above maxconnections", "refused", count(5), why, expected=("refused", 5))


def test_setsession(flask, engine):
    statement = "SET time_zone = '+08:00'"
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, SET_SESSION=[statement])
    flask("make", maxconnections=1, maxcached=1, setsession=[statement])
    zone = "SELECT @@time_zone"
    same("setsession", alias.ask(zone), flask("ask", sql=zone))


def test_what_a_borrower_sets_is_not_the_next_ones(flask, engine):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0)
    flask("make", maxconnections=1, maxcached=1)
    for ask in (alias.ask, lambda sql: flask("ask", sql=sql)):
        ask("SET @draft = 7")
    why = "each borrower has a clean session; PooledDB rolls back, and that is all"
    left = alias.ask("SELECT @draft"), flask("ask", sql="SELECT @draft")
    differs("a variable of the last borrower", *left, why, expected=(None, 7))


def kill(server, id):
    server(f"KILL {id}")


@pytest.mark.parametrize("theirs, ours", [(1, "checkout"), (0, "never")])
def test_ping(flask, engine, server, theirs, ours):
    """The server has closed the connection that lies in the pool."""
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, PING=ours)
    flask("make", maxconnections=1, maxcached=1, ping=theirs)
    for ask in (alias.ask, lambda sql: flask("ask", sql=sql)):
        kill(server, ask("SELECT CONNECTION_ID()"))
    met = []
    for ask in (alias.ask, lambda sql: flask("ask", sql=sql)):
        try:
            met.append(ask("SELECT 1"))
        except (OperationalError, FlaskError):
            met.append("error")
    if theirs:
        same("ping=1 after the server has closed it", *met)
        return
    why = "PooledDB repeats the query on a new connection, which would lose half a transaction"
    differs("ping=0 after the server has closed it", *met, why, expected=("error", 1))


def watched(count, work):
    """The most connections the server had while `work` ran, and what it returned."""
    most, done, result = [0], threading.Event(), []
    runner = threading.Thread(target=lambda: (result.append(work()), done.set()))
    runner.start()
    while not done.wait(0.002):
        most[0] = max(most[0], count.now())
    runner.join()
    return most[0], result[0]


def test_the_load_of_a_hundred_threads(flask, engine, count):
    alias = engine(MAX_CONNECTIONS=6, TIMEOUT=60)
    most, answers = watched(
        count, lambda: in_threads(100, lambda number: alias.ask("SELECT SLEEP(0.1)"))
    )
    alias.pool.dispose()
    count(0)
    flask("make", maxconnections=6, mincached=2)
    pooled, theirs = watched(count, lambda: flask("load", threads=100, pooled=True))
    flask("make")
    count(0)
    bare, unpooled = watched(count, lambda: flask("load", threads=100, pooled=False))
    same("100 threads: answered", answers.count(0), theirs)
    same("100 threads: Threads_connected with a pool", most, pooled)
    same("100 threads: answered without a pool", len(answers), unpooled)
    assert most == 6 < bare, (most, bare)
