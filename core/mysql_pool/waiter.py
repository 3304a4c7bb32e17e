"""A borrower in the queue of a pool, until it has a slot or gives up.

A project may let waits end earlier than at their deadline: see Waits.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from django.db import OperationalError

from core.mysql_pool.lease import Slot

T = TypeVar("T")
STALL = 0.5  # seconds in which no connection is checked out or returned
STALLED = ", nothing moved meanwhile, and this worker keeps its last thread free"


class PoolTimeout(OperationalError):  # noqa: N818  (psycopg_pool names it so)
    """Every connection of the pool stayed in use for as long as a borrower may wait."""

    temporary = True  # it may not occur again if the request is repeated
    is_busy = False  # others were served meanwhile, so the database answers


class Waits:
    """How borrowers wait. A subclass of FairPool may have another object with these members."""

    moved = 0.0  # time.monotonic() when a working connection was last checked out or returned

    def is_moving(self) -> bool:
        return time.monotonic() - self.moved < STALL

    def wait(self, attempt: Callable[[float], T], deadline: float) -> T | None:
        """The value of `attempt(seconds)`, which blocks for at most so long."""
        return attempt(max(0.0, deadline - time.monotonic()))


class Waiter:
    def __init__(self, pool: Any) -> None:
        self.pool = pool  # a FairPool
        self._handed_over: SimpleQueue[Slot] = SimpleQueue()

    def hand_over(self, slot: Slot) -> None:
        """Called by the thread that serves, once the waiter is no longer in the queue."""
        self._handed_over.put(slot)

    def wait(self, deadline: float) -> Slot:
        """The slot that another thread hands over by `deadline` (time.monotonic).

        Raises PoolTimeout at the deadline, or earlier if the worker needs the thread.
        """
        pool = self.pool
        pool.waiting.append(self)
        pool.serve()
        queued, since = self in pool.waiting, time.monotonic()
        try:
            slot = self._served(deadline) or self._withdraw()
        except BaseException:  # Ctrl-C
            if slot := self._withdraw():
                pool.check_in(slot)
            raise
        finally:
            if queued:
                pool.stats.waited(since)
        if slot is None:
            raise timeout(pool, since, deadline)
        return slot

    def _served(self, deadline: float) -> Slot | None:
        if self.pool.options["BLOCKING"]:
            return self.pool.waits.wait(self._get, deadline)
        self.pool.serve_now()
        return self._get(0)

    def _get(self, seconds: float) -> Slot | None:
        with suppress(Empty):
            return self._handed_over.get(timeout=seconds)
        return None

    def _withdraw(self) -> Slot | None:
        """Leaves the queue. Returns the slot that was handed over meanwhile, or None."""
        try:
            self.pool.waiting.remove(self)
            return None
        except ValueError:
            return self._handed_over.get()


def timeout(pool: Any, since: float, deadline: float) -> PoolTimeout:
    """The error of a borrower that has waited for `pool` since then (time.monotonic)."""
    pool.stats.count("timeouts")
    now = time.monotonic()
    early = pool.options["BLOCKING"] and now < deadline
    error = PoolTimeout(f"{pool.status()}; waited {now - since:.1f} s{STALLED * early}")
    error.is_busy = pool.waits.is_moving()
    return error
