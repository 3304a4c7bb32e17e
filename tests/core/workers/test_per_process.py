"""Objects that each process makes for itself."""

import gc
import itertools
import os
import threading
import time
import weakref

import pytest

from core.workers.per_process import per_process
from tests.forked import in_a_child

# Python 3.12 says of each fork that there are threads.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def test_an_object_is_made_at_its_first_use_and_kept() -> None:
    made: list[int] = []
    number = per_process(lambda: made.append(1) or len(made))
    assert made == []
    assert [number(), number()] == [1, 1]


def test_none_is_an_object_too() -> None:
    calls = itertools.count()
    nothing = per_process(lambda: next(calls) and None)
    nothing(), nothing()
    assert next(calls) == 1


def test_threads_that_ask_at_once_get_one_object() -> None:
    def slow() -> object:
        time.sleep(0.02)  # long enough for each thread to find nothing made
        return object()

    shared, found = per_process(slow), []
    threads = [threading.Thread(target=lambda: found.append(shared())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8 and len({id(each) for each in found}) == 1


def test_a_forked_child_makes_its_own_and_the_parent_keeps_its_own() -> None:
    numbers = itertools.count()
    number = per_process(lambda: next(numbers))
    assert number() == 0
    assert in_a_child(lambda: number() == 1)
    assert number() == 0


def test_a_lock_that_another_thread_held_at_the_fork_is_free_in_the_child() -> None:
    lock = per_process(threading.Lock)
    with lock():
        assert in_a_child(lambda: lock().acquire(timeout=10))


def test_an_object_that_was_being_made_at_the_fork_is_made_in_the_child() -> None:
    begun, parent = threading.Event(), os.getpid()
    go_on = threading.Event()

    def make() -> int:
        if os.getpid() == parent:
            begun.set()
            go_on.wait(20)
        return os.getpid()

    number = per_process(make)
    thread = threading.Thread(target=number)
    thread.start()
    assert begun.wait(20)
    try:
        assert in_a_child(lambda: number() == os.getpid())
    finally:
        go_on.set()
        thread.join()


def test_an_error_is_raised_and_the_next_use_tries_again() -> None:
    answers = iter([ZeroDivisionError("at first"), None])

    def make() -> str:
        if error := next(answers):
            raise error
        return "made"

    made = per_process(make)
    with pytest.raises(ZeroDivisionError, match="at first"):
        made()
    assert made() == "made"


def test_a_factory_may_use_another_one() -> None:
    inner = per_process(lambda: "inner")
    assert per_process(lambda: f"{inner()} and outer")() == "inner and outer"


def test_one_that_nothing_refers_to_is_collected() -> None:
    kept = per_process(list)
    gone = weakref.ref(kept)
    del kept
    gc.collect()
    assert gone() is None
