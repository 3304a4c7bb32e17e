"""Waits for what another thread makes end while the database stalls and their thread is needed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.caching import memoize
from core.caching.caching_hooks import hooks
from core.page_cache import serving
from core.workers import worker_threads
from core.workers.worker_threads import Worker
from tests.core.page_cache.cached_site import Site

PATIENCE = 20  # seconds; no wait of these tests may end by it


@pytest.fixture
def stalled(monkeypatch) -> Worker:
    """A worker of four threads whose database has not moved for an hour."""
    worker = Worker(threads=4)
    worker.moved = time.monotonic() - 3600
    monkeypatch.setattr(serving, "worker", worker)
    monkeypatch.setattr(hooks, "sleep", worker.sleep)
    monkeypatch.setattr(serving, "PATIENCE", PATIENCE)
    monkeypatch.setattr(worker_threads, "STALL", 0.05)
    monkeypatch.setattr(worker_threads, "AGAIN", 0.01)
    return worker


@pytest.mark.django_db(transaction=True)
def test_visitors_who_wait_for_one_page_leave_a_thread_free(stalled):
    """Those who stop waiting ask Django, and with it the pool, which refuses them or not."""
    site, first, may_end = Site(), threading.Event(), threading.Event()
    django, by_themselves = site.django, threading.Semaphore(0)

    def frozen(environ: Any, start_response: Any) -> Any:
        if not first.is_set():
            first.set()
            stalled.requests().add(threading.get_ident())
            assert may_end.wait(PATIENCE)
        else:
            by_themselves.release()
        return django(environ, start_response)

    site.django = frozen  # type: ignore[assignment]
    with ThreadPoolExecutor(6) as executor:
        answers = [executor.submit(site.get) for _ in range(6)]
        for _ in range(3):  # one makes the page, and two may wait for it
            assert by_themselves.acquire(timeout=PATIENCE / 2)
        assert not by_themselves.acquire(timeout=10 * worker_threads.AGAIN)
        may_end.set()
    assert {answer.result().status for answer in answers} == {200}


def test_call_that_waits_for_the_value_of_another_computes_it_itself(stalled):
    stalled.threads = 1
    entered, may_end = threading.Event(), threading.Event()

    @memoize(patience=PATIENCE)
    def compute() -> str:
        if entered.is_set():
            return "second"
        entered.set()
        assert may_end.wait(PATIENCE)
        return "first"

    with ThreadPoolExecutor(1) as executor:
        first = executor.submit(compute)
        assert entered.wait(PATIENCE)
        begun = time.monotonic()
        assert compute() == "second"
        assert time.monotonic() - begun < PATIENCE / 4  # the lock expires after half of it
        may_end.set()
        assert first.result() == "first"
