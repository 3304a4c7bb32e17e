"""The counters of a pool. A subclass of FairPool may count where other processes can read it.

Guarantees: a check-out that finds an idle connection costs nothing here, since the housekeeper
reads the pool's numbers once a second. Waits, connects and closed connections are counted at once.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a process on SQLite, which reads the numbers of others, has no driver
    from core.mysql_pool.driver import Connection

# Upper bounds of the buckets of waits, in seconds; longer waits are in "inf".
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BUCKETS = tuple(f"wait_{bound:g}" for bound in (*BOUNDS, float("inf")))
REASONS = {
    "age": "RECYCLE was reached",
    "usage": "MAX_USAGE was reached",
    "idle": "unused for long, above MIN_CACHED",
    "surplus": "checked in, above MAX_CACHED",
    "lost": "the server had closed it or did not answer",
    "read_only": "its server was read-only",
    "unclean": "its session could not be reset",
    "closed": "its pool was closed",
}
COUNTERS = (
    "borrowed", "waits", "wait_microseconds", "timeouts", "connects", "connects_failed",
    *BUCKETS, *(f"retired_{reason}" for reason in REASONS),
)  # fmt: skip
GAUGES = ("cap", "open", "idle", "waiting")


class Numbers(dict[str, int]):
    """COUNTERS and GAUGES in this process's memory."""

    def __init__(self, name: str) -> None:
        super().__init__(dict.fromkeys((*COUNTERS, *GAUGES), 0))
        self._lock = RLock()  # the garbage collector may count in the midst of a count

    def add(self, name: str, amount: int = 1) -> None:
        with self._lock:
            self[name] += amount

    def set(self, **values: int) -> None:
        self.update(values)


class Stats:
    """`numbers` are those of Numbers, or an object that keeps them elsewhere."""

    def __init__(self, numbers: Any, cap: int) -> None:
        self.numbers = numbers
        self.count = self.numbers.add
        self.numbers.set(cap=cap)
        self.past_uses = 0  # of connections that are closed
        self._lock = RLock()  # the garbage collector may check a connection in at any line

    def waited(self, since: float) -> None:
        """Counts a borrower that has been in the queue since then (time.monotonic)."""
        seconds = time.monotonic() - since
        self.count("waits")
        self.count("wait_microseconds", round(seconds * 1e6))
        self.count(BUCKETS[bisect_left(BOUNDS, seconds)])

    def retired(self, connection: Connection | None, reason: str) -> None:
        """Counts a connection that is about to be closed, for one of REASONS."""
        if connection is not None:
            with self._lock:
                self.past_uses += connection.uses
            self.count(f"retired_{reason}")

    def update(self, borrowed: int, open: int, idle: int, waiting: int) -> None:
        """Sets the gauges. `borrowed` counts from the pool's beginning, and never goes back."""
        borrowed = max(borrowed, self.numbers.get("borrowed"))
        self.numbers.set(borrowed=borrowed, open=open, idle=idle, waiting=waiting)
