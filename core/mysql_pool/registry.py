"""The pools of this process, one for each set of connection parameters."""

import threading
from collections.abc import Callable, Hashable

from sqlalchemy.pool import QueuePool

_pools: dict[Hashable, QueuePool] = {}
_lock = threading.Lock()


def pool_for(key: Hashable, make: Callable[[], QueuePool]) -> QueuePool:
    """The pool of this key, made (not yet connected) on first use."""
    with _lock:
        if key not in _pools:
            _pools[key] = make()
        return _pools[key]


def close_pools() -> None:
    """Close every idle connection and forget the pools; a lent one closes when returned."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.dispose()
