"""The capped pool as a database engine (Flask: DBUtils PooledDB), over django-db-connection-pool.

Promises: at most MAX_CONNECTIONS connections a process and database; a pool belongs to one
set of connection parameters, so a test database never meets the real one's connections; the
session is set up once per connection. No free connection in time raises PoolTimeout.
"""

from functools import partial
from typing import Any

from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as StockDatabaseWrapper
from django.db import OperationalError
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.mysql.base import DatabaseWrapper as MySQLDatabaseWrapper
from sqlalchemy.exc import TimeoutError as QueueTimeout
from sqlalchemy.pool import QueuePool

from core.mysql_pool import registry
from core.mysql_pool.creation import DatabaseCreation
from core.mysql_pool.options import pool_options
from core.mysql_pool.pool import make_pool


class PoolTimeout(OperationalError):  # noqa: N818  (psycopg_pool names it so)
    """Every connection of the pool stayed in use for as long as a borrower may wait."""


class DatabaseWrapper(StockDatabaseWrapper):
    creation_class = DatabaseCreation

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.pool_options = pool_options(settings_dict)
        super().__init__(settings_dict, alias)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.alias == NO_DB_ALIAS:  # creates and drops databases: never pooled
            return MySQLDatabaseWrapper.get_new_connection(self, conn_params)
        key = repr((sorted(conn_params.items()), self.isolation_level, self.pool_options))
        pool = registry.pool_for(key, partial(self._make_pool, conn_params))
        try:
            return pool.connect()
        except QueueTimeout as error:
            raise PoolTimeout(self._exhausted(pool)) from error

    def _make_pool(self, conn_params: dict[str, Any]) -> QueuePool:
        connect = partial(open_connection, self.Database, conn_params, self._session_setup())
        return make_pool(connect, self._get_dialect(), self.pool_options)

    def _session_setup(self) -> list[str]:
        level = self.isolation_level
        setup = ["SET SQL_AUTO_IS_NULL = 0, time_zone = '+00:00'"]
        if level:
            setup.append(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        return setup + list(self.pool_options["SET_SESSION"])

    def init_connection_state(self) -> None:
        """Only the version check: open_connection set the session up, once for its life."""
        BaseDatabaseWrapper.init_connection_state(self)

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.autocommit(autocommit)  # pooled or not, as `__no_db__` is

    def _exhausted(self, pool: QueuePool) -> str:
        waited = self.pool_options["TIMEOUT"] if self.pool_options["BLOCKING"] else 0
        return (
            f"pool {self.alias!r}: {pool.checkedout()} of "
            f"{self.pool_options['MAX_CONNECTIONS']} connections in use, waited {waited} s"
        )


def open_connection(driver: Any, conn_params: dict[str, Any], setup: list[str]) -> Any:
    """A new physical connection with `setup` run on it; it holds no reference to a thread."""
    connection = driver.connect(**conn_params)
    try:
        with connection.cursor() as cursor:
            for statement in setup:
                cursor.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection
