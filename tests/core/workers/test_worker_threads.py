"""Waits of a worker's threads: free while the database moves, bounded while it does not."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.workers import worker_threads
from core.workers.worker_threads import Worker

PATIENCE = 20  # seconds; no wait of these tests may end by it


class Waits:
    """Threads of one worker that wait for what never comes, in the order they began."""

    def __init__(self, worker: Worker, executor: ThreadPoolExecutor) -> None:
        self.worker, self.executor = worker, executor
        self.never, self.ended = threading.Event(), []

    def begin(self, name: str) -> None:
        before = len(self.worker._waits())
        self.executor.submit(self._wait, name)
        until(lambda: len(self.worker._waits()) != before or name in self.ended)

    def _wait(self, name: str) -> None:
        self.worker.wait(self.never.wait, time.monotonic() + PATIENCE)
        self.ended.append(name)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 2
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(worker_threads, "STALL", 0.05)
    monkeypatch.setattr(worker_threads, "AGAIN", 0.01)


@pytest.fixture
def worker(quick) -> Worker:
    worker = Worker(threads=4)
    worker.moved = time.monotonic()
    return worker


@pytest.fixture
def waits(worker) -> Iterator[Waits]:
    with ThreadPoolExecutor() as executor:
        waits = Waits(worker, executor)
        yield waits
        waits.never.set()


def test_newest_waits_are_given_up_until_one_thread_is_free(waits, worker):
    for name in ("first", "second", "third", "fourth", "fifth"):
        waits.begin(name)
    until(lambda: len(waits.ended) == 2)
    assert set(waits.ended) == {"fourth", "fifth"}
    time.sleep(5 * worker_threads.AGAIN)  # nothing further happens
    assert len(waits.ended) == 2


def test_wait_for_the_last_thread_of_a_stalled_worker_ends_at_once(waits, worker, monkeypatch):
    for name in ("first", "second", "third", "fourth"):
        waits.begin(name)
    until(lambda: waits.ended == ["fourth"])
    monkeypatch.setattr(worker_threads, "AGAIN", PATIENCE)
    begun = time.monotonic()
    assert worker.wait(waits.never.wait, begun + PATIENCE) is None
    assert time.monotonic() - begun < worker_threads.STALL


def test_requests_that_do_other_work_occupy_threads_too(waits, worker):
    waits.begin("first")
    time.sleep(3 * worker_threads.STALL)
    assert not waits.ended
    worker.requests().update({-1, -2, -3})
    until(lambda: waits.ended == ["first"])


def test_every_thread_may_wait_while_the_database_moves(waits, worker):
    for name in ("first", "second", "third", "fourth", "fifth"):
        waits.begin(name)
    end = time.monotonic() + 6 * worker_threads.STALL
    while time.monotonic() < end:
        worker.moved = time.monotonic()
        time.sleep(worker_threads.STALL / 10)
    assert not waits.ended


def test_burst_after_a_quiet_time_is_no_stall(waits, worker, monkeypatch):
    monkeypatch.setattr(worker_threads, "STALL", PATIENCE)
    worker.moved = time.monotonic() - 3600
    for name in ("first", "second", "third", "fourth", "fifth"):
        waits.begin(name)
    time.sleep(0.05)
    assert not waits.ended


def test_process_of_unknown_threads_waits_until_the_deadline(quick):
    worker, never = Worker(), threading.Event()
    worker.moved = time.monotonic() - 3600
    worker.requests().update(range(100))
    begun = time.monotonic()
    assert worker.wait(never.wait, begun + 4 * worker_threads.STALL) is None
    assert time.monotonic() - begun >= 4 * worker_threads.STALL


def test_site_without_a_pool_waits_until_the_deadline(quick):
    worker, never = Worker(threads=1), threading.Event()
    begun = time.monotonic()
    assert worker.wait(never.wait, begun + 4 * worker_threads.STALL) is None
    assert time.monotonic() - begun >= 4 * worker_threads.STALL


def test_answer_ends_the_wait(worker):
    answers = iter([None, None, "answer"])
    assert worker.wait(lambda seconds: next(answers), time.monotonic() + PATIENCE) == "answer"
    assert not worker._waits()


def test_error_ends_the_wait(worker):
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.wait(interrupted, time.monotonic() + PATIENCE)
    assert not worker._waits()
