"""What a pool counts for pool_status and /metrics, in counters that all processes can read.

Promises: a loan that finds an idle connection costs nothing here; the housekeeper looks at the
pool every second or so. What is rare (a wait, a connect, a closed connection) is counted at once.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from core.mysql_pool.primary import RETIRED
from core.shared_memory.process_counters import Slots, Subject

if TYPE_CHECKING:  # a site on SQLite, which reads the counters too, has no driver
    from core.mysql_pool.driver import Connection

# Upper bounds of the waits' histogram in seconds; what took longer is in "inf".
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BUCKETS = tuple(f"wait_{bound:g}" for bound in (*BOUNDS, float("inf")))
REASONS = {
    "age": "RECYCLE was reached",
    "usage": "MAX_USAGE was reached",
    "idle": "unused for long, above MIN_CACHED",
    "surplus": "came back, above MAX_CACHED",
    "lost": "the server had closed it or did not answer",
    "read_only": "its server was read-only",
    "unclean": "its session could not be made as new",
    "closed": "its pool was closed",
}
POOL = Subject(
    "pool",
    (
        "borrowed", "waits", "wait_microseconds", "timeouts", "connects", "connects_failed",
        *BUCKETS, *(f"retired_{reason}" for reason in REASONS),
    ),
    ("cap", "open", "idle", "waiting"),
)  # fmt: skip


class Stats:
    def __init__(self, name: str, cap: int) -> None:
        self.slots = Slots(POOL, name)
        self.count = self.slots.add
        self.slots.set(cap=cap)
        self.past_loans = 0  # of connections that are closed
        self._lock = RLock()  # the collector may bring a connection back in the midst

    def waited(self, since: float) -> None:
        """A borrower has stood in the queue since then (time.monotonic)."""
        seconds = time.monotonic() - since
        self.count("waits")
        self.count("wait_microseconds", round(seconds * 1e6))
        self.count(BUCKETS[bisect_left(BOUNDS, seconds)])

    def retired(self, connection: Connection | None, reason: str) -> None:
        """It is about to be closed."""
        if connection is not None:
            with self._lock:
                self.past_loans += connection.uses
            self.count(f"retired_{reason}")

    def stand(self, loans: int, open: int, idle: int, waiting: int) -> None:
        """How things stand now; `loans` are all since the pool was made, and never fewer."""
        borrowed = max(loans, self.slots.get("borrowed"))
        self.slots.set(borrowed=borrowed, open=open, idle=idle, waiting=waiting)


def why(connection: Connection, max_usage: float) -> str:
    """The reason for which it may not be lent once more."""
    if connection.expires_at == RETIRED:
        return "read_only"
    if time.monotonic() > connection.expires_at:
        return "read_only" if connection.of_read_only_server else "age"
    return "usage" if connection.uses >= max_usage else "lost"


def summary(values: Mapping[str, int]) -> dict[str, Any]:
    """One process's numbers, or a sum of them, as people want to read them."""
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
    """In seconds, the bucket's upper bound: at least `share` % of those who waited waited
    no longer. None when nobody did; beyond the last bound it is infinite."""
    wanted, so_far = values["waits"] * share / 100, 0
    for bound, bucket in zip((*BOUNDS, float("inf")), BUCKETS, strict=True):
        so_far += values[bucket]
        if so_far and so_far >= wanted:
            return bound
    return None
