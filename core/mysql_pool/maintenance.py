"""Closes, replaces and opens a pool's idle connections, whether or not anything borrows.

The housekeeper calls tidy() once a second; a worker calls warm_up() once, at its start.
"""

import logging
import math
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

from django.db import OperationalError
from MySQLdb import Error  # type: ignore[import-untyped]

from core.mysql_pool.connector import POLL_AFTER
from core.mysql_pool.lease import Slot
from core.mysql_pool.pool import FairPool

IDLE_LIMIT = 300.0  # seconds until an idle connection above MIN_CACHED is closed
START_LIMIT = 1.0  # seconds; a worker that starts while the database is frozen must answer probes

logger = logging.getLogger(__name__)


def warm_up(pool: FairPool) -> None:
    """Opens connections until there are MIN_CACHED, which the housekeeper keeps from now on.

    Not earlier: a slot that the housekeeper is still filling would be missing at the end of this.
    """
    try:
        open_min_cached(pool, START_LIMIT)
    finally:
        pool.keeps_min_cached = True


def tidy(pool: FairPool) -> None:
    """Does once what is due: reports long leases, closes and opens idle connections, counts."""
    report_long_leases(pool)
    for slot in list(pool._idle):
        close_if_due(pool, slot)
    if pool.keeps_min_cached and not pool.retired:
        with suppress(Error, OperationalError):  # the next borrower gets it
            open_min_cached(pool)
    update_gauges(pool)


def close_if_due(pool: FairPool, slot: Slot) -> None:
    connection: Any = slot.dbapi_connection
    if connection is None:
        return  # it has been checked out, and is being renewed
    now = time.monotonic()
    surplus = len(pool._idle) > pool.options["MIN_CACHED"]
    if surplus and now - connection.idle_since > IDLE_LIMIT:
        reason = "idle"
    else:
        reason = pool.connector.overdue(connection, now) or "lost" * connection.has_ended()
    if reason:
        with suppress(ValueError):  # it has been checked out
            pool._idle.remove(slot)
            pool._drop(slot, reason)


def report_long_leases(pool: FairPool) -> None:
    """Logs each lease above LEAK_AFTER once, with the stack of the thread that holds it."""
    now = time.monotonic()
    for slot in list(pool._slots):
        since = slot.since
        if since and now - since > pool.options["LEAK_AFTER"] and slot.reported != since:
            slot.reported = since
            logger.warning(
                "pool %r: a connection has been in use for %.0f s; its borrower is here:\n%s",
                pool.name, now - since, stack(slot.thread),
            )  # fmt: skip


def stack(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "(its thread has ended)"
    return "".join(traceback.format_stack(frame))


def update_gauges(pool: FairPool) -> None:
    """Writes the pool's numbers into its counters; a connection being opened is in use already."""
    borrowed = pool.stats.past_uses  # first: one that is closed meanwhile is not counted twice
    connections: Any = [slot.dbapi_connection for slot in list(pool._slots)]
    borrowed += sum(connection.uses for connection in connections if connection)
    pool.stats.update(borrowed, len(pool._slots), len(pool._idle), len(pool.waiting))


def open_min_cached(pool: FairPool, limit: float = math.inf) -> None:
    """Opens connections in new slots until there are MIN_CACHED.

    Idle connections are left alone: one that were checked out here would come back as just used, so
    a kill in between would be noticed by the next borrower only. Raises the driver's error if one
    cannot be opened within `limit` seconds, or the pool's TIMEOUT.
    """
    for _ in range(pool.options["MIN_CACHED"]):
        if slot := pool.slot_below(pool.options["MIN_CACHED"]):
            open_in(pool, slot, min(limit, pool.timeout))


def open_in(pool: FairPool, slot: Slot, limit: float) -> None:
    try:
        pool._renew(slot, time.monotonic() + limit)
        # No borrower has used it yet: the first one asks the socket whether it still works.
        slot.dbapi_connection.idle_since -= POLL_AFTER  # type: ignore[union-attr]
    except BaseException:
        pool._drop(slot)
        raise
    pool.check_in(slot)
