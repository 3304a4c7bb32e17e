"""The pool while ten slow queries run, for the live tour at /docs/try/.

Promises: one such trial at a time in each process; a reader who comes meanwhile waits about a
second. Needs the MySQL driver.
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
LOOK_EVERY = 0.2  # seconds

_one_at_a_time = threading.Lock()


def slow_queries() -> Iterator[Row]:
    if not _one_at_a_time.acquire(blocking=False):
        yield _("pool"), _("somebody else is trying it just now")
        return
    try:
        if not connection.in_atomic_block:
            connection.close()  # back to the pool: whoever watches needs none
        yield from watched()
    finally:
        _one_at_a_time.release()


def watched() -> Iterator[Row]:
    """Who breaks off the page ends the watching, not the queries, which end by themselves."""
    cap = connection.settings_dict["POOL_OPTIONS"]["MAX_CONNECTIONS"]
    begin, pause = time.monotonic(), pause_for(cap)
    with ThreadPoolExecutor(QUERIES) as team:
        asked = [team.submit(fetch_one, "SELECT SLEEP(%s)", [pause]) for _each in range(QUERIES)]
        running = set(asked)
        while running:
            running = wait(running, timeout=LOOK_EVERY).not_done
            for pool in in_use():
                yield f"{time.monotonic() - begin:.1f} s", gauge(pool)
    yield _("gave up"), str(len(given_up(asked)))


def in_use() -> list[FairPool]:
    """The one pool of the site's database; a former one may still be drained."""
    return [each for each in all_pools() if each.name == connection.alias and not each.retired]


def pause_for(cap: int) -> float:
    """How long each query takes, in seconds: a reader behind all of them waits one in all."""
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


def given_up(asked: list[Future[Any]]) -> list[BaseException]:
    """The errors of a database that had no room; raises any other."""
    errors = [error for each in asked if (error := each.exception())]
    for error in errors:
        if not isinstance(error, DatabaseError):
            raise error
    return errors
