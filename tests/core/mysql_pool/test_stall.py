"""A queue that does not move, and the threads of the worker whose requests wait in it."""

import time

import pytest

from core.monitoring.pool_numbers import POOL, summary
from core.mysql_pool.maintenance import tidy
from core.mysql_pool.pool import PoolTimeout
from core.shared_memory.counter_files import readings, totals
from core.site_pool import SitePool
from core.workers.worker_threads import STALL, Worker
from tests.core.mysql_pool.conftest import in_threads
from tests.core.mysql_pool.pool_state import CONNECTION_ID


@pytest.fixture
def eight_threads(monkeypatch) -> Worker:
    """A worker of as many, told of their requests by the test."""
    worker = Worker(threads=8)
    monkeypatch.setattr(SitePool, "waits", worker)
    return worker


def stalled(alias, worker, holders: int, waiters: int) -> list:
    """What so many waiters get while so many connections are lent, and never come back."""
    borrowers = [alias.borrower() for _ in range(holders)]
    for number, borrower in enumerate(borrowers):
        borrower.ensure_connection()
        worker.requests().add(-number - 1)
    return in_threads(waiters, lambda number: alias.ask(CONNECTION_ID))


def test_queue_that_does_not_move_gives_back_all_but_one_thread(engine, eight_threads):
    alias = engine(MAX_CONNECTIONS=6, TIMEOUT=2)
    begun = time.monotonic()
    errors = stalled(alias, eight_threads, holders=6, waiters=4)
    assert time.monotonic() - begun >= 2  # the oldest stayed until TIMEOUT: it held no last thread
    early = sorted(str(error) for error in errors if "keeps its last thread free" in str(error))
    assert (len(errors), len(early)) == (4, 3)
    assert all(isinstance(error, PoolTimeout) for error in errors)
    assert "6 of 6 in use" in early[0]
    assert "waited 0.5 s, nothing moved" in early[0]


def test_waits_that_are_given_up_are_counted(engine, eight_threads):
    alias = engine(MAX_CONNECTIONS=6, TIMEOUT=1)
    stalled(alias, eight_threads, holders=6, waiters=3)
    tidy(alias.pool)
    found = summary(totals(readings(POOL))[alias.alias])
    assert (found["waits"], found["timeouts"]) == (3, 3)


def test_queue_that_moves_uses_every_thread(engine, eight_threads):
    """A burst is served as it was, though most of its waiters wait longer than a stall lasts."""
    alias = engine(MAX_CONNECTIONS=2, TIMEOUT=60)
    answers = in_threads(30, lambda number: alias.ask(f"SELECT {number} + SLEEP(0.1)"))
    assert answers == list(range(30))


def test_connections_that_come_back_after_an_error_move_nothing(engine, eight_threads):
    alias = engine(MAX_CONNECTIONS=1, MIN_CACHED=0)
    borrower = alias.borrower()
    alias.ask("SELECT 1", borrower)
    before = eight_threads.moved
    borrower.errors_occurred = True
    borrower.close()
    assert eight_threads.moved == before
    alias.ask("SELECT 1")
    assert eight_threads.moved > before


def test_wait_in_vain_says_whether_others_were_served_meanwhile(engine, eight_threads):
    """A pool that moves is busy; one that does not may have a frozen server."""
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=0.1)
    alias.borrower().ensure_connection()
    found = []
    for seconds in (0, STALL + 1):
        eight_threads.moved = time.monotonic() - seconds
        with pytest.raises(PoolTimeout) as error:
            alias.borrower().ensure_connection()
        found.append(error.value.is_busy)
    assert found == [True, False]
