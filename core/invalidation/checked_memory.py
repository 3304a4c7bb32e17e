"""What all readers share, kept in this process while nothing is written (Flask-Caching: memoize).

    lists = Memory(entries=500, name="lists")
    lists.get(("front", language), make)

Promises: a value is given out only while its stamp stands, so the next request after a write,
by any worker of this host, makes it anew; nothing is kept or taken within a transaction, which
may see what others do not; at most `entries` values are kept; what is made of kept values is
kept no longer than they are. A value is shared between threads: whoever gets it must not change it.
"""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connections
from django.utils import timezone

from core.invalidation import broadcast
from core.invalidation.generations import generations
from core.invalidation.write_hooks import is_within
from core.shared_memory.process_counters import Counters
from core.workers.per_process import per_process

T = TypeVar("T")
AGE = 60.0  # seconds: what other programs write shows after these
ALONE = 1.0


class Memory(Generic[T]):
    """`entries` is how many values are kept, for AGE seconds at most, or for what `age(value)`
    says if that is less, and not past the moment `until()`, which is asked before a value is made;
    `name` is what cache_status and /metrics show it as."""

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
        """The value of `key`; `make()` reads it where none is kept that still holds."""
        if in_transaction():
            return make()
        stamp = generations().stamp()  # before the database is read
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp and time.monotonic() < kept[1]:
            self._numbers.add("hits")
            take(kept[1])
            return kept[2]
        self._numbers.add("misses")
        if kept is not None:
            self._numbers.add("outdated")
        with making(time.monotonic() + seconds_until(self.until())):
            value = make()
            take(time.monotonic() + self.age(value))
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


class Horizon(threading.local):
    """Until when (monotonic seconds) that may be shown which this thread is making."""

    until = math.inf


horizon = Horizon()


@contextmanager
def making(until: float) -> Iterator[None]:
    """What is made in this block holds until horizon.until: no longer than what it is made of,
    or the ages of page, part and row would add up."""
    around, horizon.until = horizon.until, until
    try:
        yield
    finally:
        horizon.until = min(around, horizon.until)


def take(until: float) -> None:
    """Something kept is used that may be shown until then."""
    horizon.until = min(horizon.until, until)


def age() -> float:
    """How long what is kept may be shown: a second while other hosts cannot be heard."""
    return AGE if broadcast.is_up() else ALONE


def seconds_until(moment: datetime | None) -> float:
    """How long what changes by itself at `moment` may be shown."""
    if moment is None:
        return age()
    return min(age(), (moment - timezone.now()).total_seconds())


def in_transaction() -> bool:
    """Is any database of this thread in one: by atomic(), set_autocommit(False), or typed?"""
    return any(map(is_within, connections.all(initialized_only=True)))
