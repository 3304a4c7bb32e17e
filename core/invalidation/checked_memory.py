"""Values that are kept in this process until something is written (Flask-Caching: memoize).

    lists = Memory(entries=500, name="lists")
    lists.get(("front", language), make)

Guarantees: a value is returned only while its stamp stands, so the next request after a write by
any worker of this host makes it anew. Nothing is kept or returned within a transaction, which may
see rows that others do not. At most `entries` values are kept. A value that is made of kept values
expires when they do. It is shared between threads, so callers must not change it.
"""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connections
from django.utils import timezone

from core.invalidation import broadcast
from core.invalidation.generations import generations
from core.invalidation.write_hooks import is_in_transaction
from core.shared_memory.process_counters import Counters
from core.workers.per_process import per_process

T = TypeVar("T")
AGE = 60.0  # seconds after which a write of another program shows
AGE_WITHOUT_LINK = 1.0  # the same while the messages of other hosts are not received


class Memory(Generic[T]):
    """Keeps `entries` values, each for AGE seconds at most, for `age(value)` seconds if that is
    less, and not past the moment `until()`, which is called before a value is made. cache_status
    and /metrics show it under `name`."""

    def __init__(
        self,
        entries: int,
        age: Callable[[T], float] = lambda value: AGE,
        until: Callable[[], datetime | None] = lambda: None,
        name: str = "memory",
    ) -> None:
        self.entries, self.age, self.until = entries, age, until
        self._numbers = Counters(name)
        self._kept: dict[Hashable, tuple[bytes, float, T]] = {}
        self._lock = per_process(threading.Lock)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`; `make()` reads it if none is kept that is still valid."""
        if in_transaction():
            return make()
        stamp = generations().stamp()  # before the database is read
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp and time.monotonic() < kept[1]:
            self._numbers.add("hits")
            expire_by(kept[1])
            return kept[2]
        self._numbers.add("misses")
        if kept is not None:
            self._numbers.add("outdated")
        with expiring_at(time.monotonic() + seconds_until(self.until())):
            value = make()
            expire_by(time.monotonic() + self.age(value))
            self._keep(key, (stamp, horizon.until, value))
        return value

    def clear(self) -> None:
        with self._lock():
            self._kept.clear()

    def _keep(self, key: Hashable, entry: tuple[bytes, float, Any]) -> None:
        with self._lock():
            self._kept.pop(key, None)
            self._kept[key] = entry
            if len(self._kept) > self.entries:
                del self._kept[next(iter(self._kept))]
            self._numbers.set(entries=len(self._kept))


_ends: ContextVar[list[float]] = ContextVar("ends")  # one number, which tasks share by reference


class Horizon:
    """When the value expires that is being made (monotonic seconds). Each thread and each task has
    its own; the tasks and threads that a task starts for its value share it."""

    @property
    def until(self) -> float:
        return _ends.get([math.inf])[0]


horizon = Horizon()


@contextmanager
def expiring_at(until: float) -> Iterator[None]:
    """A value is made in this block. Before its end horizon.until says when it expires: at `until`,
    or earlier with a value that it is made of; else the ages of page, part and row would add up."""
    token = _ends.set([until])
    try:
        yield
    finally:
        until = horizon.until
        _ends.reset(token)
        expire_by(until)


def expire_by(until: float) -> None:
    """A kept value that expires at `until` is used in the one that is being made here."""
    end = _ends.get([math.inf])
    end[0] = min(end[0], until)


def age() -> float:
    """The seconds for which a value may be kept: fewer while the link to other hosts is down."""
    return AGE if broadcast.is_up() else AGE_WITHOUT_LINK


def seconds_until(moment: datetime | None) -> float:
    """The seconds for which a value may be kept that changes without a write at `moment`."""
    if moment is None:
        return age()
    return min(age(), (moment - timezone.now()).total_seconds())


def in_transaction() -> bool:
    """Is a transaction open on any connection of this thread, by atomic(), set_autocommit(False) or
    raw SQL?"""
    return any(map(is_in_transaction, connections.all(initialized_only=True)))
