"""Remembers that the database could not be asked, so that not every request tries it.

    outage.begin()              a page failed since the database could not be asked
    if outage.lasts: ...        a page in memory may be shown instead
    if outage.is_turn(): ...    this caller asks the database, and calls asked() afterwards
    outage.confirm()            the database could not be asked again
    outage.end()                the database itself answered

Guarantees: while an outage lasts, one caller in each process asks at a time, at most one in REST
seconds. An outage is logged only once it is confirmed, so a single failure is not logged. No
function of this module waits.
"""

import logging
import math
import threading
import time

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from core.workers.per_process import per_process

REST = 1.0  # seconds

logger = logging.getLogger(__name__)


class State:
    """The state of one process; a forked process begins anew, as it has no thread that asks."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lasts = self.is_logged = False
        self.began = self.next = 0.0


class DatabaseOutage:
    def __init__(self) -> None:
        self._state = per_process(State)

    @property
    def lasts(self) -> bool:
        return self._state().lasts

    def begin(self) -> None:
        """Called again after REST seconds, it confirms the outage."""
        state, now = self._state(), time.monotonic()
        with state.lock:
            if not state.lasts:
                state.lasts, state.began, state.next = True, now, now + REST
                return
        if now - state.began >= REST:
            self.confirm()

    def confirm(self) -> None:
        state = self._state()
        with state.lock:
            if not state.lasts or state.is_logged:
                return
            state.is_logged = True
        meanwhile = (
            "; pages in memory are shown meanwhile" if settings.INKPOOL_PAGE_CACHE_STALE else ""
        )
        logger.warning("The database cannot be asked%s.", meanwhile)

    def end(self) -> None:
        state = self._state()
        with state.lock:
            was_logged, state.lasts, state.is_logged = state.is_logged, False, False
        if was_logged:
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


def ask_database() -> None:
    """A page may be made without any query, so it does not tell whether the database answers.

    Raises django.db.Error while it does not.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
