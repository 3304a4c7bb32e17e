"""Values that are kept in this process until something is written (Flask-Caching: memoize).

    lists = Memory(entries=500, name="lists")
    lists.get(("front", language), make)

Guarantees: a value is returned only while its stamp stands, so the next request after a write by
any worker of this host makes it anew. Nothing is kept or returned within a transaction, which may
see rows that others do not. At most `entries` values are kept. A value that is made of kept values
expires when they do. It is shared between threads, so callers must not change it.
"""

import threading
import time
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connections
from django.utils import timezone

from core.invalidation import broadcast
from core.invalidation.expiry import AGE, expire_by, expiring_at, horizon
from core.invalidation.generations import generations
from core.invalidation.write_hooks import is_in_transaction
from core.shared_memory.process_counters import Counters
from core.workers.per_process import per_process

T = TypeVar("T")
# Seconds for which a value holds while the messages of other hosts are not received.
AGE_WITHOUT_LINK = 1.0


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
