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
import threading
import time

from core.workers.per_process import per_process

REST = 1.0  # seconds

logger = logging.getLogger(__name__)


class State:
    """What one process knows; a forked one asks for itself, since no thread of it is asking."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lasts, self.next = False, 0.0


class DatabaseOutage:
    def __init__(self) -> None:
        self._state = per_process(State)

    @property
    def lasts(self) -> bool:
        return self._state().lasts

    def begin(self) -> None:
        state = self._state()
        with state.lock:
            if state.lasts:
                return
            state.lasts, state.next = True, time.monotonic() + REST
        logger.warning("The database cannot be asked; pages in memory are shown meanwhile.")

    def end(self) -> None:
        state = self._state()
        with state.lock:
            if not state.lasts:
                return
            state.lasts = False
        logger.warning("The database answers again.")

    def is_turn(self) -> bool:
        state = self._state()
        with state.lock:
            if not state.lasts or time.monotonic() < state.next:
                return False
            state.next = math.inf
            return True

    def asked(self) -> None:
        state = self._state()
        with state.lock:
            state.next = time.monotonic() + REST
