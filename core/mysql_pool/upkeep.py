"""What a pool does though nobody borrows: idle connections are looked at, closed and opened.

The housekeeper calls it every second or so, and a worker once at its start.
"""

import math
import time
from contextlib import suppress
from typing import Any

from django.db import OperationalError
from MySQLdb import Error  # type: ignore[import-untyped]

from core.mysql_pool.connector import LOOK_AFTER
from core.mysql_pool.leaks import report
from core.mysql_pool.lease import Record
from core.mysql_pool.pool import FairPool
from core.mysql_pool.pool_counters import why

IDLE_LIMIT = 300.0  # seconds until an idle connection above MIN_CACHED is closed
START_LIMIT = 1.0  # seconds; a worker that starts while the database is frozen has to answer probes


def warm(pool: FairPool) -> None:
    """Open connections until MIN_CACHED are there, and keep as many from now on.

    The housekeeper keeps them only afterwards: a slot that it has taken and is still filling
    would be missing when this returns.
    """
    try:
        fill(pool, START_LIMIT)
    finally:
        pool.keeps_min_cached = True


def tidy(pool: FairPool) -> None:
    """What is due though nobody borrows; the housekeeper calls it every second or so."""
    report(pool.name, pool._records, pool.options["LEAK_AFTER"])
    now = time.monotonic()
    for record in list(pool._idle):
        connection: Any = record.dbapi_connection
        if connection is None:
            continue  # it has been borrowed, and is being renewed
        surplus = len(pool._idle) > pool.options["MIN_CACHED"]
        unused = surplus and now - connection.idle_since > IDLE_LIMIT
        if unused or now > connection.expires_at or connection.has_ended():
            with suppress(ValueError):  # it has been borrowed
                pool._idle.remove(record)
                reason = why(connection, pool.connector.max_usage)
                pool._drop(record, "idle" if unused else reason)
    if pool.keeps_min_cached and not pool.retired:
        with suppress(Error, OperationalError):  # a borrower will hear of it
            fill(pool)
    count(pool)


def count(pool: FairPool) -> None:
    """Writes how things stand into the counters; a connection being opened is in use already."""
    loans = pool.stats.past_loans  # first: one that is closed meanwhile is not counted twice
    open_ones = [each for record in list(pool._records) if (each := record.dbapi_connection)]
    loans += sum(connection.uses for connection in open_ones)
    pool.stats.stand(loans, len(pool._records), len(pool._idle), len(pool._waiting))


def fill(pool: FairPool, limit: float = math.inf) -> None:
    """Open connections until MIN_CACHED are there, in slots that are empty.

    Idle connections are left alone: if a round borrowed one, it would come back as just used, and
    a kill in between would be noticed by the next borrower only. One that cannot be opened within
    `limit` seconds, or the pool's TIMEOUT, raises the driver's error.
    """
    for _ in range(pool.options["MIN_CACHED"]):
        if record := pool.slot_below(pool.options["MIN_CACHED"]):
            _open_in(pool, record, min(limit, pool.timeout))


def _open_in(pool: FairPool, record: Record, limit: float) -> None:
    try:
        pool._renew(record, time.monotonic() + limit)
        # No borrower has seen it work: the next one looks whether it still stands.
        record.dbapi_connection.idle_since -= LOOK_AFTER  # type: ignore[union-attr]
    except BaseException:
        pool._drop(record)
        raise
    pool.give_back(record)
