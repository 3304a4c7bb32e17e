"""The numbers of the pools of all processes, as pool_status and /metrics show them."""

from collections.abc import Mapping
from typing import Any

from core.mysql_pool.pool_counters import BOUNDS, BUCKETS, COUNTERS, GAUGES, REASONS
from core.shared_memory.counter_files import CounterSet

POOL = CounterSet("pool", COUNTERS, GAUGES)


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
