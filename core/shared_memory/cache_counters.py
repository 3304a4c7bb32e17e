"""The sets of counters of caches, sessions, the broadcast between hosts, and Redis clients."""

from core.failures.redis_faults import FAULTS
from core.shared_memory.counter_files import CounterSet

CACHE = CounterSet(
    "cache", ("hits", "misses", "outdated", "collapsed", "stale"), gauges=("entries", "bytes")
)
SESSIONS = CounterSet("sessions", ("loads", "saves", "conflicts", "outages"), ())
LINK = CounterSet("link", ("writes", "heard", "owed", "broken"), gauges=("is_up",))
REDIS = CounterSet("redis", ("away", *FAULTS), gauges=("is_open",))
