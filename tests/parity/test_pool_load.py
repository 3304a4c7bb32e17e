"""The notes' load test: 100 threads, with a pool and without, as the server sees them."""

import threading

import pytest
from django.db import connections
from django.db.backends.mysql.base import DatabaseWrapper

from tests.core.mysql_pool.conftest import Engine, in_threads
from tests.parity.book import draw, same

pytestmark = [pytest.mark.parity, pytest.mark.django_db, pytest.mark.usefixtures("closed")]
SUBJECT = "pool"


def connected(server, work):
    """Threads_connected while `work` runs, less those that were there before; and its result."""

    def now():
        return int(server("SHOW GLOBAL STATUS LIKE 'Threads_connected'")[0][1]) - before

    before = 0
    before, curve, result = now(), [], []
    done = threading.Event()
    runner = threading.Thread(target=lambda: (result.append(work()), done.set()))
    runner.start()
    while not done.wait(0.005):
        curve.append(now())
    runner.join()
    return [*curve, now()], result[0]


def test_the_load_of_a_hundred_threads(flask, engine, server, count, without_pool):
    """The notes' `show status like '%Threads%'`, all the while."""

    def asked(alias, seconds):
        return lambda: len(in_threads(100, lambda number: alias.ask(f"SELECT SLEEP({seconds})")))

    alias = engine(MAX_CONNECTIONS=6, MIN_CACHED=0, MAX_CACHED=5, TIMEOUT=60)
    pooled, answers = connected(server, asked(alias, 0.1))
    alias.pool.dispose()
    count(0)
    flask("make", maxconnections=6, maxcached=5)
    their_pooled, their_answers = connected(server, lambda: flask("load", threads=100, pooled=True))
    flask("make")
    count(0)
    bare, bare_answers = connected(server, asked(without_pool, 2))
    count(0)
    load = {"threads": 100, "pooled": False, "seconds": 2}  # the notes' own: connecting takes long
    their_bare, their_bare_answers = connected(server, lambda: flask("load", **load))
    same("100 threads: answered", answers, their_answers)
    same("100 threads: Threads_connected at most", max(pooled), max(their_pooled))
    same("100 threads: Threads_connected at the end", pooled[-1], their_pooled[-1])
    same("100 threads without a pool: answered", bare_answers, their_bare_answers)
    same(
        "100 threads without a pool: more than twice the pool",
        *[max(each) > 12 for each in (bare, their_bare)],
    )
    assert max(pooled) == 6
    for what, curve in {
        "here, pooled": pooled,
        "Flask, pooled": their_pooled,
        "here, not": bare,
        "Flask, not": their_bare,
    }.items():
        draw(f"Threads_connected of 100 threads, {what}", curve)


@pytest.fixture
def without_pool(server):
    """Django's own backend: a connection for each request."""
    params = connections["default"].settings_dict
    alias = Engine(DatabaseWrapper, {})
    alias.settings = {**params, "ENGINE": "django.db.backends.mysql", "CONN_MAX_AGE": 0}
    alias.settings.pop("POOL_OPTIONS", None)
    yield alias
    for each in alias.borrowers:
        each.inc_thread_sharing()
        each.close()
