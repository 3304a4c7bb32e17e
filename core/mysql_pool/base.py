"""The capped pool as a database engine (Flask: DBUtils PooledDB), over django-db-connection-pool.

Promises: at most MAX_CONNECTIONS connections a process and database; a pool belongs to one
set of connection parameters, so a test database never meets the real one's connections; what
one borrower did to the session is not met by the next. No free connection in time raises
PoolTimeout.
"""

from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.mysql.base import DatabaseWrapper as MySQLDatabaseWrapper

from core.mysql_pool import registry, threads
from core.mysql_pool.connector import Connector
from core.mysql_pool.creation import DatabaseCreation
from core.mysql_pool.options import pool_options
from core.mysql_pool.pool import FairPool
from core.mysql_pool.raw import RawSQL


class DatabaseWrapper(RawSQL):
    creation_class = DatabaseCreation

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.pool_options = pool_options(settings_dict)
        self.releases_early = self.pool_options["RELEASE"] == "transaction"
        self._pool: FairPool | None = None
        self._pool_key: Any = None
        self.isolation_level: str | None = None  # get_connection_params() reads it
        super().__init__(settings_dict, alias)

    def warm(self) -> None:
        with self.wrap_database_errors:
            self._pool_for(self.get_connection_params()).warm()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.alias == NO_DB_ALIAS:  # creates and drops databases: never pooled
            return MySQLDatabaseWrapper.get_new_connection(self, conn_params)
        loan: Any = self._pool_for(conn_params).connect()
        loan.used = False
        threads.remember(self)
        return loan

    def _pool_for(self, conn_params: dict[str, Any]) -> FairPool:
        """Read anew each time: settings that have changed are another pool's."""
        key = (conn_params, self.isolation_level, self.pool_options)
        if self._pool is None or self._pool.retired or key != self._pool_key:
            self._pool_key = (conn_params, self.isolation_level, dict(self.pool_options))
            self._pool = registry.pool_for(self.alias, self._pool_key, self._make_pool)
        return self._pool

    def _make_pool(self) -> FairPool:
        conn_params, level, options = self._pool_key
        setup = ["SET SQL_AUTO_IS_NULL = 0, time_zone = '+00:00'"]
        if level:
            setup.append(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        setup += options["SET_SESSION"]
        return FairPool(self.alias, Connector(conn_params, setup, options), options)

    def init_connection_state(self) -> None:
        """Only the version check: the connector set the session up, once for its life."""
        BaseDatabaseWrapper.init_connection_state(self)

    def create_cursor(self, name: str | None = None) -> Any:
        if self.alias == NO_DB_ALIAS:
            return MySQLDatabaseWrapper.create_cursor(self, name)
        return self.open_cursor(unbuffered=name is not None)

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.autocommit(autocommit)  # pooled or not, as `__no_db__` is

    def _close(self) -> None:
        if self.alias != NO_DB_ALIAS:
            self._tell_errors(self.connection)
        super()._close()  # type: ignore[misc]

    def _tell_errors(self, loan: Any) -> None:
        if self.errors_occurred and loan.dbapi_connection is not None:
            loan.dbapi_connection.doubtful = True

    def thread_ended(self) -> None:
        """Return the connection, unless other threads were told they may use it."""
        if self.connection is not None and not self.allow_thread_sharing:
            self.give_up().close()

    def forked(self) -> None:
        """In the child: the connection is the parent's, and so is its transaction."""
        if self.connection is not None:
            self.give_up()

    def give_up(self) -> Any:
        loan, self.connection = self.connection, None
        self._tell_errors(loan)
        if self.in_atomic_block:
            self.closed_in_transaction = self.needs_rollback = True
        return loan
