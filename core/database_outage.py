"""Remembers that the database could not be asked, so that not every request finds out anew.

    outage.begin()              a request was answered by a 503
    if outage.lasts: ...        what is kept may be shown instead
    if outage.is_turn(): ...    this caller is to ask again, and calls asked() afterwards
    outage.end()                a request was answered

Promises: while an outage lasts, one caller in each process asks at a time, at most one in REST
seconds. Nothing waits here.
"""

import logging
import math
import os
import threading
import time

REST = 1.0  # seconds

logger = logging.getLogger(__name__)


class DatabaseOutage:
    def __init__(self) -> None:
        self._forked()
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        """The thread that was asking has stayed with the parent."""
        self._lock = threading.Lock()
        self.lasts, self._next = False, 0.0

    def begin(self) -> None:
        with self._lock:
            if self.lasts:
                return
            self.lasts, self._next = True, time.monotonic() + REST
        logger.warning("The database cannot be asked; pages in memory are shown meanwhile.")

    def end(self) -> None:
        with self._lock:
            if not self.lasts:
                return
            self.lasts = False
        logger.warning("The database answers again.")

    def is_turn(self) -> bool:
        with self._lock:
            if not self.lasts or time.monotonic() < self._next:
                return False
            self._next = math.inf
            return True

    def asked(self) -> None:
        with self._lock:
            self._next = time.monotonic() + REST
