"""Gives each process an object of its own, also where one is forked from another.

    lock = per_process(threading.Lock)
    with lock(): ...

A forked child has none of its parent's threads: a lock that one of them holds stays locked, a
connection is still the parent's, and work that another thread had begun is never finished.

Guarantees: `factory` is called once in each process, at the first use there, however many threads
use it; it may use other such objects. An error of `factory` is raised, and the next use calls it
again.
"""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
MISSING: Any = object()


class PerProcess(Generic[T]):
    def __init__(self, factory: Callable[[], T]) -> None:
        self.factory = factory
        self._made: Any = MISSING
        self._lock = threading.RLock()  # the garbage collector may call it at any line
        _all.add(self)

    def __call__(self) -> T:
        """The object of this process."""
        made = self._made
        return self._make() if made is MISSING else made

    def _make(self) -> T:
        with self._lock:
            if self._made is MISSING:
                self._made = self.factory()
            return self._made

    def forget(self) -> None:
        """The next use makes a new object. Runs in a forked child before any other code."""
        self._made, self._lock = MISSING, threading.RLock()


_all: "weakref.WeakSet[PerProcess[Any]]" = weakref.WeakSet()


def per_process(factory: Callable[[], T]) -> PerProcess[T]:
    """Returns a function that returns the object `factory()` of the calling process."""
    return PerProcess(factory)


def _forget_all() -> None:
    for each in list(_all):
        each.forget()


os.register_at_fork(after_in_child=_forget_all)
