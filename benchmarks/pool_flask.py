"""The variants of the part pool on the Flask side: PooledDB as the notes set it up, and bare
drivers. Runs in .venv-flask.
"""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from dbutils.pooled_db import PooledDB

from benchmarks.timing import Operation, crowd

SERVER: dict[str, Any] = json.loads(os.environ["BENCH_MARIADB"])
NOTES = {"mincached": 2, "maxcached": 5, "maxshared": 3, "maxusage": None, "setsession": []}


def pooled(driver: str, blocking: bool = True, cap: int = 6, **connect: Any) -> dict[str, Any]:
    pool = PooledDB(
        creator=import_module(driver),
        maxconnections=cap,
        blocking=blocking,
        ping=0,
        **NOTES,
        **SERVER,
        **connect,
    )
    return operations(pool.connection)


def connecting(driver: str, **connect: Any) -> dict[str, Any]:
    return operations(partial(import_module(driver).connect, **SERVER, **connect))


def operations(connect: Callable[[], Any]) -> dict[str, Any]:
    ask = partial(request, connect)
    return {
        "cycle": Operation(partial(ask, "SELECT 1")),
        "storm": lambda threads, times: crowd(partial(ask, "SELECT SLEEP(0.02)"), threads, times),
        "load": lambda threads, work: crowd(partial(ask, "SELECT 1", work), threads),
    }


def request(connect: Callable[[], Any], sql: str, work: float = 0) -> None:
    """As func() of the notes: borrow, ask, work, give back."""
    connection = connect()
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        cursor.fetchall()
        cursor.close()
        if work:
            time.sleep(work)
    finally:
        connection.close()
