"""Counters of a pool for pool_status and /metrics, which all processes can read.

Guarantees: a check-out that finds an idle connection costs nothing here, since the housekeeper
reads the pool's numbers once a second. Waits, connects and closed connections are counted at once.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from core.shared_memory.counter_files import CounterSet
from core.shared_memory.process_counters import Counters

if TYPE_CHECKING:  # a site on SQLite, which reads the counters too, has no driver
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
POOL = CounterSet(
    "pool",
    (
        "borrowed", "waits", "wait_microseconds", "timeouts", "connects", "connects_failed",
        *BUCKETS, *(f"retired_{reason}" for reason in REASONS),
    ),
    ("cap", "open", "idle", "waiting"),
)  # fmt: skip


class Stats:
    def __init__(self, name: str, cap: int) -> None:
        self.slots = Counters(name, POOL)
        self.count = self.slots.add
        self.slots.set(cap=cap)
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
        borrowed = max(borrowed, self.slots.get("borrowed"))
        self.slots.set(borrowed=borrowed, open=open, idle=idle, waiting=waiting)


def summary(values: Mapping[str, int]) -> dict[str, Any]:
    """The numbers of one process, or a sum of them, as pool_status shows them."""
    names = ("cap", "open", "idle", "waiting", "borrowed", "waits", "timeouts")
    return {
        **{name: values[name] for name in names},
        "in_use": max(0, values["open"] - values["idle"]),
        "connects": values["connects"],
        "connects_failed": values["connects_failed"],
        "retired": {reason: n for reason in REASONS if (n := values[f"retired_{reason}"])},
        **{f"wait_p{share}": percentile(values, share) for share in (50, 95, 99)},
    }


def percentile(values: Mapping[str, int], share: int) -> float | None:
    """The time in seconds that `share` % of the waits did not exceed: a bucket's upper bound.

    None if there was no wait; infinite beyond the last bound.
    """
    wanted, so_far = values["waits"] * share / 100, 0
    for bound, bucket in zip((*BOUNDS, float("inf")), BUCKETS, strict=True):
        so_far += values[bucket]
        if so_far and so_far >= wanted:
            return bound
    return None
