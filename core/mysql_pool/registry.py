"""The pools of this process, one for each database, in django-db-connection-pool's pool_container.

Guarantees: when an alias gets other parameters, a new pool is used from then on and the former one
is drained. After a fork the child has no pool, and the parent's connections stay open: the child's
copies of their sockets lead to /dev/null, so that nothing the child does reaches the server.
"""

import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from dj_db_conn_pool.core import pool_container

from core.mysql_pool import thread_ends
from core.mysql_pool.driver import Error
from core.mysql_pool.housekeeper import Housekeeper
from core.mysql_pool.maintenance import tidy, update_gauges
from core.mysql_pool.pool import FairPool

_all: "WeakSet[FairPool]" = WeakSet()  # with former ones that still have a connection


def pool_for(alias: str, key: Any, make: Callable[[], FairPool]) -> FairPool:
    """The pool of this alias and key; it is made at the first use, and not yet connected."""
    with pool_container.lock:
        former = pool_container[alias] if pool_container.has(alias) else None
        if isinstance(former, FairPool) and former.key == key and not former.retired:
            return former
        pool = make()
        pool.key = key
        pool_container.put(alias, pool)
        _all.add(pool)
    if former:
        former.dispose()
    _housekeeper.start()
    return pool


def all_pools() -> list[FairPool]:
    """Those in use, and former ones of which a connection is still checked out."""
    with pool_container.lock:
        return list(_all)


def _tidy_all() -> None:
    for pool in all_pools():
        tidy(pool)


_housekeeper = Housekeeper(_tidy_all)


@atexit.register
def _count_at_exit() -> None:
    """Counts what has happened since the housekeeper's last round."""
    for pool in all_pools():
        update_gauges(pool)


def _before_fork() -> None:
    _housekeeper.stop()
    pool_container.lock.acquire()  # a copy held by another thread would stay locked in the child


def _after_fork_in_parent() -> None:
    pool_container.lock.release()
    if pool_container:
        _housekeeper.start()


def _after_fork_in_child() -> None:
    """More than per_process() does: the inherited sockets must not reach the server, and each
    wrapper must be told that it holds no connection."""
    pool_container.lock.release()
    pool_container.clear()
    _housekeeper.forget()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for pool in _all:
        for connection in pool.abandon():
            with suppress(Error):  # it is closed already
                os.dup2(nowhere, connection.fileno(), inheritable=False)
    os.close(nowhere)
    _all.clear()
    for wrapper in thread_ends.borrowers():
        wrapper.forked()


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
