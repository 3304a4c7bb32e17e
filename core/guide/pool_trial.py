"""The trial of the pool in the live tour: its load while ten slow queries run.

Each process runs one such trial at a time. Other requests wait about a second for a connection
meanwhile. Needs the MySQL driver.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from django.db import DatabaseError, connection
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.mysql_pool.pool import FairPool
from core.mysql_pool.registry import all_pools
from core.sql import fetch_one

Row = tuple[str, str]
QUERIES = 10
INTERVAL = 0.2  # seconds between two rows

_one_at_a_time = threading.Lock()


def slow_queries() -> Iterator[Row]:
    if not _one_at_a_time.acquire(blocking=False):
        yield _("pool"), _("another reader is trying it at the moment")
        return
    try:
        if not connection.in_atomic_block:
            connection.close()  # back to the pool: the rows need no connection
        yield from load_while_querying()
    finally:
        _one_at_a_time.release()


def load_while_querying() -> Iterator[Row]:
    """Closing the page stops the rows; the queries run to completion."""
    cap = connection.settings_dict["POOL_OPTIONS"]["MAX_CONNECTIONS"]
    begin, pause = time.monotonic(), pause_for(cap)
    with ThreadPoolExecutor(QUERIES) as executor:
        queries = [
            executor.submit(fetch_one, "SELECT SLEEP(%s)", [pause]) for _each in range(QUERIES)
        ]
        running = set(queries)
        while running:
            running = wait(running, timeout=INTERVAL).not_done
            for pool in pools():
                yield f"{time.monotonic() - begin:.1f} s", gauge(pool)
    yield _("timed out"), str(len(timed_out(queries)))


def pools() -> list[FairPool]:
    """The pool of the site's database; one that it replaces may still be draining."""
    return [each for each in all_pools() if each.name == connection.alias and not each.retired]


def pause_for(cap: int) -> float:
    """The seconds that each query takes, so that all of them together take about one."""
    return 1 / max(1, QUERIES // cap)


def gauge(pool: FairPool) -> str:
    used, _idle, waiting = pool.load()
    words = _("%(used)d of %(cap)d in use, %(waiting)d waiting")
    return format_html(
        '<meter max="{}" value="{}" aria-hidden="true"></meter> {}',
        pool.cap,
        used,
        words % {"used": used, "cap": pool.cap, "waiting": waiting},
    )


def timed_out(queries: list[Future[Any]]) -> list[BaseException]:
    """The errors of queries that got no connection in time; raises any other error."""
    errors = [error for each in queries if (error := each.exception())]
    for error in errors:
        if not isinstance(error, DatabaseError):
            raise error
    return errors
