"""A slow function whose result many requests want, and which one thread runs."""

import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.workers import shared_calls, worker_threads
from core.workers.shared_calls import SharedCall, results
from core.workers.worker_threads import Worker

FALLBACK = "unknown"


class Slow:
    """Returns how often it has been called, once it may end."""

    def __init__(self) -> None:
        self.may_end, self.calls = threading.Event(), 0

    def __call__(self) -> str:
        self.calls += 1
        number = self.calls
        assert self.may_end.wait(20)
        return f"result {number}"


@pytest.fixture
def worker(monkeypatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr(shared_calls, "worker", worker)
    return worker


@pytest.fixture
def slow():
    slow = Slow()
    yield slow
    slow.may_end.set()


def test_requests_during_a_run_get_its_result(slow, worker):
    call = SharedCall(slow, FALLBACK)
    with ThreadPoolExecutor(5) as executor:
        results = [executor.submit(call) for _ in range(5)]
        while len(worker._waits()) < 5:
            time.sleep(0.001)
        slow.may_end.set()
    assert {each.result() for each in results} == {"result 1"}
    assert call() == "result 2"


def test_request_whose_thread_is_needed_gets_the_former_result(slow, worker, monkeypatch):
    monkeypatch.setattr(worker_threads, "STALL", 0.01)
    call = SharedCall(slow, FALLBACK)
    slow.may_end.set()
    assert call() == "result 1"
    slow.may_end.clear()
    worker.threads, worker.moved = 1, time.monotonic()
    assert [call() for _ in range(3)] == ["result 1"] * 3
    assert slow.calls == 2  # one run for all three


@pytest.mark.parametrize("moved", [0.0, math.inf])
def test_thread_is_given_back_with_a_moving_pool_and_without_a_pool(
    slow, worker, monkeypatch, moved
):
    """The function may wait for a Redis that is frozen."""
    monkeypatch.setattr(worker_threads, "STALL", 0.01)
    worker.threads, worker.moved = 1, moved
    begun = time.monotonic()
    assert SharedCall(slow, FALLBACK)() == FALLBACK
    assert time.monotonic() - begun < shared_calls.TIMEOUT


def test_function_runs_in_the_request_if_no_thread_can_be_started(slow, monkeypatch):
    call = SharedCall(slow, FALLBACK)
    slow.may_end.set()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert [call(), call()] == ["result 1", "result 2"]
    assert call() == "result 3"


def test_several_functions_run_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)
    first, second = (SharedCall(lambda: meeting.wait() >= 0, False) for _ in range(2))
    assert results(first, second) == [True, True]


def test_request_does_not_wait_for_a_run_that_hangs(slow, monkeypatch):
    monkeypatch.setattr(shared_calls, "TIMEOUT", 0.05)
    call = SharedCall(slow, FALLBACK)
    call()
    monkeypatch.setattr(shared_calls.Run, "started", 0.0, raising=False)
    begun = time.monotonic()
    assert call() == FALLBACK
    assert time.monotonic() - begun < 0.05


def test_fallback_is_returned_before_the_first_result(slow, monkeypatch):
    monkeypatch.setattr(shared_calls, "TIMEOUT", 0.01)
    assert SharedCall(slow, FALLBACK)() == FALLBACK


def test_error_is_raised_in_the_request_and_the_next_request_runs_the_function():
    def fails() -> str:
        raise ValueError("no such thing")

    call = SharedCall(fails, FALLBACK)
    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            call()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12: threads
def test_forked_process_does_not_wait_for_the_thread_of_its_parent(slow):
    call = SharedCall(slow, FALLBACK)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(call)
        while not slow.calls:
            time.sleep(0.001)
        child = os.fork()
        if not child:
            slow.may_end = threading.Event()
            slow.may_end.set()
            os._exit(0 if call() == "result 2" else 1)
        slow.may_end.set()
        assert running.result() == "result 1"
    assert os.waitpid(child, 0)[1] == 0
