"""The Django variants of the part pool: one engine each, the site's own options otherwise.

A request is what Django does around a view: close_old_connections() before and after.
"""

import time
from functools import partial
from typing import Any

import django
from django.conf import settings
from django.db import close_old_connections, connection

from benchmarks.timing import Operation, crowd


def ours(release: str, timeout: float = 60, cap: int = 6) -> dict[str, Any]:
    pool = {"MAX_CONNECTIONS": cap, "RELEASE": release, "TIMEOUT": timeout}
    return operations("core.mysql_pool", POOL_OPTIONS=pool)


def stock_pool(timeout: float = 60, cap: int = 6) -> dict[str, Any]:
    pool = {"POOL_SIZE": cap, "MAX_OVERFLOW": 0, "TIMEOUT": timeout}
    return operations("dj_db_conn_pool.backends.mysql", POOL_OPTIONS=pool)


def stock(max_age: int | None) -> dict[str, Any]:
    return operations("django.db.backends.mysql", CONN_MAX_AGE=max_age)


def operations(engine: str, **changes: Any) -> dict[str, Any]:
    database = settings.DATABASES["default"]
    kept = {name: database[name] for name in database.keys() - {"POOL_OPTIONS"}}
    settings.DATABASES = {"default": {**kept, "ENGINE": engine, **changes}}
    settings.INSTALLED_APPS = []
    django.setup()
    request("SELECT 1")  # the pool, the driver and the server's version are there
    return {
        "cycle": Operation(partial(request, "SELECT 1")),
        "storm": lambda threads, times: crowd(
            partial(request, "SELECT SLEEP(0.02)"), threads, times
        ),
        "load": lambda threads, work: crowd(partial(request, "SELECT 1", work), threads),
    }


def request(sql: str, work: float = 0) -> None:
    """One query, then `work` seconds of something else."""
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
        if work:
            time.sleep(work)
    finally:
        close_old_connections()
