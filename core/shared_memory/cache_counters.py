"""What the caches of this process count, on the site's board (Flask-Caching: nothing).

    numbers = Numbers("pages")
    numbers.add("hits")               cache_status and /metrics show the sum of all processes

Promises: a count is exact among threads, takes well under a microsecond and never fails. The
numbers of a process open at its first count, in a forked child too.
"""

from core.failures.redis_faults import FAULTS
from core.shared_memory.process_counters import Slots, Subject
from core.workers.per_process import per_process

CACHE = Subject("cache", ("hits", "misses", "outdated", "collapsed", "stale"), ("entries", "bytes"))
LINK = Subject("link", ("writes", "heard", "owed", "broken"), ("is_up",))
REDIS = Subject("redis", ("away", *FAULTS), ("is_open",))


class Numbers:
    """Those of one cache, named by `label`."""

    def __init__(self, label: str, subject: Subject = CACHE) -> None:
        self.slots = per_process(lambda: Slots(subject, label))

    def add(self, name: str, amount: int = 1) -> None:
        self.slots().add(name, amount)

    def set(self, **values: int) -> None:
        self.slots().set(**values)
