"""Each parameter of PooledDB that says how many, beside ours, as the server sees it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError

from core.mysql_pool.maintenance import warm_up
from tests.core.mysql_pool.conftest import in_threads
from tests.parity.book import differs, same
from tests.parity.conftest import FlaskError
from tests.parity.our_requests import INSERTS, request

pytestmark = [pytest.mark.parity, pytest.mark.django_db, pytest.mark.usefixtures("closed")]
SUBJECT = "pool"


def hold(alias, number):
    borrowers = [alias.borrower() for _ in range(number)]
    for each in borrowers:
        each.ensure_connection()
    return borrowers


def release(borrowers):
    for each in borrowers:
        each.close()


def test_mincached_is_opened_at_the_start(flask, engine, count):
    warm_up(engine(MIN_CACHED=2).pool)
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
    why = (
        "PoolTimeout is an OperationalError, like a refusal by the server, so the site "
        "answers with a 503."
    )
    names = type(refused.value).__name__, theirs.value.name
    expected = ("PoolTimeout", "TooManyConnectionsError")
    differs("blocking=False: the error", *names, why, expected=expected)


@pytest.mark.parametrize("cap", [0, None])
def test_no_maxconnections(flask, engine, count, cap):
    with pytest.raises(ImproperlyConfigured, match="MAX_CONNECTIONS"):
        _ = engine(MAX_CONNECTIONS=cap).pool
    flask("make", maxconnections=cap)
    flask("borrow", number=20)
    why = (
        "A pool without a cap does not protect the server, so the option is refused with "
        "an error that names it."
    )
    theirs = count(20)
    differs(f"maxconnections={cap}", "refused", theirs, why, expected=("refused", 20))


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
    why = (
        "A request that waits without limit occupies a thread without limit. After "
        "DB_POOL_TIMEOUT there is an error."
    )
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


def test_maxusage_is_reached_within_a_request(flask, engine, drafts):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, MAX_USAGE=2)
    flask("make", maxconnections=1, maxcached=1, maxusage=2)
    seen = [
        (request(alias, INSERTS), drafts()),
        (flask("request", statements=INSERTS), drafts()),
    ]
    why = (
        "This pool counts checkouts. PooledDB counts statements and replaces the "
        "connection before the third row, within the transaction."
    )
    expected = ("done", 3), ("done", 1)
    differs("maxusage=2: a commit of three rows", *seen, why, expected=expected)


def test_maxshared(flask, engine, count):
    """The notes say that all are shared: none is, for PyMySQL's threadsafety is 1."""
    alias = engine(MAX_CONNECTIONS=5)
    kept = hold(alias, 5)
    ours = count(5)
    flask("make", maxconnections=5, maxshared=3)
    flask("borrow", number=5)
    same("maxshared=3: connections of five borrowers", ours, count(ours + 5) - ours)
    release(kept)


def test_a_cap_below_maxcached(flask, engine, count):
    with pytest.raises(ImproperlyConfigured, match="MAX_CACHED"):
        _ = engine(MAX_CONNECTIONS=3, MAX_CACHED=5).pool
    flask("make", maxconnections=3, maxcached=5)
    flask("borrow", number=5)
    why = (
        "PooledDB silently raises the cap. Here an error names the two options that "
        "contradict each other."
    )
    differs("maxcached above maxconnections", "refused", count(5), why, expected=("refused", 5))


def test_a_cap_below_mincached(flask, engine, count):
    with pytest.raises(ImproperlyConfigured, match="MIN_CACHED"):
        _ = engine(MAX_CONNECTIONS=3, MIN_CACHED=4).pool
    flask("make", maxconnections=3, maxcached=3, mincached=4)
    why = (
        "PooledDB silently raises the cap. Here an error names the two options that "
        "contradict each other."
    )
    differs("mincached above maxconnections", "refused", count(4), why, expected=("refused", 4))
