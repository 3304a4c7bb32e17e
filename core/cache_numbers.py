"""What the caches of this process count, on the site's board (Flask-Caching: nothing).

    numbers = Numbers("pages")
    numbers.add("hits")               cache_status and /metrics show the sum of all processes

Promises: a count is exact among threads, takes well under a microsecond and never fails. The
numbers of a process open at its first count, in a forked child too.
"""

import os
import weakref
from threading import Lock

from core.board import Slots, Subject
from core.redis_faults import FAULTS

CACHE = Subject("cache", ("hits", "misses", "outdated", "collapsed", "stale"), ("entries", "bytes"))
LINK = Subject("link", ("writes", "heard", "owed", "broken"), ("is_up",))
REDIS = Subject("redis", ("away", *FAULTS), ("is_open",))


class Numbers:
    """Those of one cache, named by `label`."""

    def __init__(self, label: str, subject: Subject = CACHE) -> None:
        self.label, self.subject = label, subject
        self._slots: Slots | None = None
        _all.add(self)

    def add(self, name: str, amount: int = 1) -> None:
        (self._slots or self._open()).add(name, amount)

    def set(self, **values: int) -> None:
        (self._slots or self._open()).set(**values)

    def _open(self) -> Slots:
        with _lock:
            if self._slots is None:
                self._slots = Slots(self.subject, self.label)
            return self._slots


_all: "weakref.WeakSet[Numbers]" = weakref.WeakSet()
_lock = Lock()


def _forked() -> None:
    global _lock
    _lock = Lock()  # another thread of the parent may have held it
    for numbers in list(_all):
        numbers._slots = None


os.register_at_fork(after_in_child=_forked)
