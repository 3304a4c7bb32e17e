"""Gives each process an object of its own, also where one is forked from another.

    lock = per_process(threading.Lock)
    with lock(): ...

A forked child has none of its parent's threads: a lock that one of them held stays locked, a
connection is still the parent's, and work that was under way is finished by nobody.

Guarantees: `factory` is called once in each process, at the first use there, however many threads
ask; it may use other such objects. An error of `factory` is raised, and the next use tries again.
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
        self._lock = threading.RLock()  # the garbage collector may come back here
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
        """The next use makes another one. Called in a forked child before anything else runs."""
        self._made, self._lock = MISSING, threading.RLock()


_all: "weakref.WeakSet[PerProcess[Any]]" = weakref.WeakSet()


def per_process(factory: Callable[[], T]) -> PerProcess[T]:
    """Returns a function that gives the object `factory()` of the process that calls it."""
    return PerProcess(factory)


def _forget_all() -> None:
    for each in list(_all):
        each.forget()


os.register_at_fork(after_in_child=_forget_all)
