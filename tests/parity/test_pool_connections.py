"""PooledDB's ping, failures, setsession and reset beside ours, when the server hangs up."""

import time
from functools import partial

import pytest
from django.db import OperationalError

from tests.parity.book import differs, same
from tests.parity.conftest import FlaskError
from tests.parity.our_requests import INSERTS, request

pytestmark = [pytest.mark.parity, pytest.mark.django_db, pytest.mark.usefixtures("closed")]
SUBJECT = "pool"


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
    why = "A connection is reset before its next use. PooledDB only rolls back."
    left = alias.ask("SELECT @draft"), flask("ask", sql="SELECT @draft")
    differs("a variable of the last borrower", *left, why, expected=(None, 7))


def kill(server, id):
    """Returns when the server has closed the connection."""
    server(f"KILL {id}")
    while server(f"SELECT id FROM information_schema.processlist WHERE id = {id}"):
        time.sleep(0.001)


# Which of ours stands for a number; 2, 4 and 7 have none, and are safe where checkout is.
PINGS = {0: "never", 1: "checkout", 2: "checkout", 4: "checkout", 7: "checkout"}


@pytest.mark.parametrize("ping", PINGS)
def test_ping(flask, engine, server, ping):
    """The server has closed the connection that lies in the pool."""
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, PING=PINGS[ping])
    flask("make", maxconnections=1, maxcached=1, ping=ping)
    met = [after_a_kill(server, ask) for ask in (alias.ask, lambda sql: flask("ask", sql=sql))]
    if ping:
        same(f"ping={ping} after the server has closed it", *met)
        return
    why = (
        "PooledDB repeats the statement on a new connection. Within a transaction that "
        "loses the statements before it."
    )
    differs("ping=0 after the server has closed it", *met, why, expected=("error", 1))


def after_a_kill(server, ask):
    kill(server, ask("SELECT CONNECTION_ID()"))
    try:
        return ask("SELECT 1")
    except (OperationalError, FlaskError):
        return "error"


def test_failures(flask, engine, server):
    """Which errors PooledDB takes for a lost connection: without them it repeats nothing."""
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, PING="never")
    flask("make", maxconnections=1, maxcached=1, failures="ProgrammingError")
    theirs = after_a_kill(server, lambda sql: flask("ask", sql=sql))
    same("failures without OperationalError", after_a_kill(server, alias.ask), theirs)


@pytest.mark.parametrize(("ping", "trips"), [(1, 1), (2, 1), (4, 3), (7, 5)])
def test_what_a_ping_costs(flask, engine, server, ping, trips):
    """Round trips of a request of three queries, in addition to those that ping=0 takes."""
    queries, costs = ["SELECT 1"] * 3, {}
    for theirs, ours in ((0, "never"), (ping, "checkout" if ping == 1 else "idle")):
        alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, PING=ours)
        flask("make", maxconnections=1, maxcached=1, ping=theirs)
        works = partial(request, alias, queries), partial(flask, "request", statements=queries)
        costs[theirs] = [round_trips(server, work) for work in works]
    here, there = (more - least for more, least in zip(costs[ping], costs[0], strict=True))
    if ping == 1:
        same("ping=1: round trips for it", here, there)
        assert here == 1
        return
    why = (
        "A ping before each query costs a round trip. A connection that was used a moment "
        "ago is not pinged."
    )
    differs(f"ping={ping}: round trips for it", here, there, why, expected=(0, trips))


def round_trips(server, work):
    def now():
        names = "'Queries', 'Com_admin_commands'"  # the latter are pings
        counts = server(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")
        return sum(int(number) for _, number in counts)

    work()  # its connection is open
    before = now()
    work()
    return now() - before


@pytest.mark.parametrize("ping", PINGS)
def test_the_server_goes_between_begin_and_commit(flask, engine, server, drafts, ping):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, PING=PINGS[ping])
    flask("make", maxconnections=1, maxcached=1, ping=ping)
    ours = request(alias, INSERTS, lambda id: kill(server, id), killed=2), drafts()
    begun = flask("request", statements=INSERTS, begin=True, killed=2), drafts()
    same(f"ping={ping}: within begin() an error, and nothing is stored", ours, begun)
    theirs = flask("request", statements=INSERTS, killed=2), drafts()
    why = (
        "The notes do not call begin(), so PooledDB continues on a new connection and "
        "commits only the third row."
    )
    expected = ("OperationalError", 0), ("done", 1)
    differs(f"ping={ping}: a commit of three rows", ours, theirs, why, expected=expected)


def test_setsession_on_the_connection_that_follows(flask, engine):
    statement = "SET time_zone = '+08:00'"
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, MAX_USAGE=1, SET_SESSION=[statement])
    given = {"maxcached": 1, "maxusage": 1, "setsession": [statement]}
    flask("make", maxconnections=1, **given)
    zones = [
        [ask("SELECT @@time_zone") for _ in range(3)]
        for ask in (alias.ask, lambda sql: flask("ask", sql=sql))
    ]
    same("setsession: each new connection", *zones)


def test_setsession_after_a_borrower_said_otherwise(flask, engine):
    statement = "SET time_zone = '+08:00'"
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, SET_SESSION=[statement])
    flask("make", maxconnections=1, maxcached=1, setsession=[statement])
    seen = []
    for ask in (alias.ask, lambda sql: flask("ask", sql=sql)):
        ask("SET time_zone = '+00:00'")
        seen.append(ask("SELECT @@time_zone"))
    why = "The session settings of the configuration are applied again for each borrower."
    differs("setsession after a borrower", *seen, why, expected=("+08:00", "+00:00"))


@pytest.mark.parametrize("reset", [True, False])
def test_reset(flask, engine, drafts, reset):
    """A borrower gives back a transaction that nobody has ended."""
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0)
    flask("make", maxconnections=1, maxcached=1, reset=reset)
    request(alias, INSERTS, done=False)
    ours = alias.ask("SELECT COUNT(*) FROM parity_draft")
    flask("request", statements=INSERTS, done=False)
    theirs = flask("ask", sql="SELECT COUNT(*) FROM parity_draft")
    flask("make")
    if reset:
        same("reset=True: rows of an open transaction", ours, theirs)
        return
    why = (
        "An open transaction is rolled back when its connection is returned, so the next "
        "borrower cannot commit it."
    )
    differs("reset=False: rows of an open transaction", ours, theirs, why, expected=(0, 3))
