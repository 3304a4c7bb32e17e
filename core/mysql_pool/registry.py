"""The pools of this process, one for each database and set of connection parameters.

Promises: when an alias gets other parameters, a new pool is used from then on and the former
one is drained. After a fork the child has no pool and the parent's connections live on: the
child's copies of their sockets lead to /dev/null, so that nothing it does is heard.
"""

import atexit
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from core.mysql_pool import threads
from core.mysql_pool.driver import Error
from core.mysql_pool.housekeeper import Housekeeper
from core.mysql_pool.pool import FairPool
from core.mysql_pool.upkeep import count, tidy

_current: dict[str, tuple[Any, FairPool]] = {}
_all: "WeakSet[FairPool]" = WeakSet()
_lock = threading.Lock()


def pool_for(alias: str, key: Any, make: Callable[[], FairPool]) -> FairPool:
    """The pool of this alias and key, made (not yet connected) on first use."""
    with _lock:
        former = _current.get(alias)
        if former and former[0] == key:
            return former[1]
        pool = make()
        _current[alias] = (key, pool)
        _all.add(pool)
    if former:
        former[1].dispose()
    _housekeeper.start()
    return pool


def close_pools() -> None:
    """Close every idle connection and forget the pools; a lent one closes when returned."""
    with _lock:
        pools = [pool for _, pool in _current.values()]
        _current.clear()
    for pool in pools:
        pool.dispose()


def all_pools() -> list[FairPool]:
    """Those in use, and former ones of which somebody still has a connection."""
    with _lock:
        return list(_all)


def _tidy() -> None:
    for pool in all_pools():
        tidy(pool)


_housekeeper = Housekeeper(_tidy)


@atexit.register
def _count_at_the_end() -> None:
    """Of what happened since the housekeeper last looked, or in a process of half a second."""
    for pool in all_pools():
        count(pool)


def _after_fork_in_parent() -> None:
    if _current:
        _housekeeper.start()


def _forget_in_child() -> None:
    """More than per_process() does: the inherited sockets must not reach the server, and each
    wrapper must be told that it holds no connection."""
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held the copied one
    _housekeeper.forget()
    _current.clear()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for pool in _all:
        for connection in pool.abandon():
            with suppress(Error):  # it is closed already
                os.dup2(nowhere, connection.fileno(), inheritable=False)
    os.close(nowhere)
    _all.clear()
    for wrapper in threads.borrowers():
        wrapper.forked()


os.register_at_fork(
    before=_housekeeper.stop,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_forget_in_child,
)
