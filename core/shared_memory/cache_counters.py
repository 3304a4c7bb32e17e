"""The sets of counters that the caches, the broadcast between hosts and the Redis clients have."""

from core.failures.redis_faults import FAULTS
from core.shared_memory.counter_files import CounterSet

CACHE = CounterSet(
    "cache", ("hits", "misses", "outdated", "collapsed", "stale"), gauges=("entries", "bytes")
)
LINK = CounterSet("link", ("writes", "heard", "owed", "broken"), gauges=("is_up",))
REDIS = CounterSet("redis", ("away", *FAULTS), gauges=("is_open",))
