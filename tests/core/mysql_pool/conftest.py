"""Pools of their own on the real server: as many as a test wants, none left behind.

`engine(CAP=…)` is a database alias with its own pool; `engine().borrower()` is what a thread's
`connections[alias]` would be. `stock` is the same for the package as shipped.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

ON_MYSQL = settings.DATABASES["default"]["ENGINE"] == "core.mysql_pool"
numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Of this folder only: pytest hands over all items, and others call a fixture so as well."""
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and "database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


class Engine:
    """One alias: its borrowers share a pool."""

    def __init__(self, wrapper: type, options: dict[str, Any]) -> None:
        self.wrapper, self.alias = wrapper, f"pool_{next(numbers)}"
        self.settings = deepcopy(connections["default"].settings_dict)
        self.settings["POOL_OPTIONS"] = options
        self.borrowers: list[Any] = []

    def borrower(self) -> Any:
        borrower = self.wrapper(self.settings, self.alias)
        self.borrowers.append(borrower)
        return borrower

    @property
    def pool(self) -> Any:
        return self.borrower().pool()

    def ask(self, sql: str, borrower: Any = None) -> Any:
        """The first value of the answer; a borrower made for it gives its connection back."""
        own = borrower or self.borrower()
        try:
            with own.cursor() as cursor:
                cursor.execute(sql)
                row = cursor.fetchone() if cursor.description else None
        finally:
            if borrower is None:
                own.close()
        return row and row[0]


def in_threads(number: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work` returned or raised in each of so many threads, in their order."""
    results: list[Any] = [None] * number

    def run(index: int) -> None:
        try:
            results[index] = work(index)
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def engine(database: None) -> Iterator[Callable[..., Engine]]:
    from dj_db_conn_pool.core import pool_container

    from core.mysql_pool.base import DatabaseWrapper

    yield from made(DatabaseWrapper)
    pool_container.dispose()


@pytest.fixture
def stock(database: None) -> Iterator[Callable[..., Engine]]:
    from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper
    from dj_db_conn_pool.core import pool_container

    yield from made(DatabaseWrapper)
    pool_container.dispose()
    pool_container.clear()


def made(wrapper: type) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def make(**options: Any) -> Engine:
        engines.append(Engine(wrapper, options))
        return engines[-1]

    yield make
    for each in engines:
        for borrower in each.borrowers:
            borrower.inc_thread_sharing()
            borrower.close()


@pytest.fixture
def database() -> None:
    """The test database exists; the connections of these tests stand beside the default one."""
    if not ON_MYSQL:
        pytest.skip("runs in the pass on MariaDB")


@pytest.fixture
def server(database: None) -> Iterator[Any]:
    """A connection past every pool: `server(sql)` is the list of rows."""
    import MySQLdb

    params = connections["default"].get_connection_params()
    params = {name: params[name] for name in params.keys() - {"isolation_level", "conv"}}
    connection = MySQLdb.connect(**params, autocommit=True)

    def query(sql: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    yield query
    connection.close()
