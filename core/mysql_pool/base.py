"""The capped pool as a database engine (Flask: DBUtils PooledDB), over django-db-connection-pool.

Promises: at most MAX_CONNECTIONS connections a process and database; a pool belongs to one
set of connection parameters, so a test database never meets the real one's connections; what
one borrower did to the session is not met by the next. No free connection in time raises
PoolTimeout.
"""

import logging
import math
import time
from contextlib import suppress
from copy import copy
from functools import partial
from operator import itemgetter
from threading import get_ident
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from django.db.backends.mysql.base import DatabaseWrapper as MySQLDatabaseWrapper
from django.db.backends.mysql.operations import DatabaseOperations as MySQLDatabaseOperations
from django.db.backends.signals import connection_created
from django.utils.asyncio import async_unsafe

from core.db.cached_reads import CachedReads
from core.invalidation.write_hooks import TrackedConnection
from core.mysql_pool import registry, threads
from core.mysql_pool.connector import Connector
from core.mysql_pool.creation import DatabaseCreation
from core.mysql_pool.cursor import Cursor
from core.mysql_pool.pool import FairPool
from core.mysql_pool.pool_options import pool_options
from core.mysql_pool.raw import RawSQL
from core.mysql_pool.upkeep import warm

logger = logging.getLogger(__name__)
_complained: dict[str, float] = {}  # when, of which alias

# The settings that tell one pool from another; POOL_OPTIONS are read when a wrapper is made.
MAY_CHANGE = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")  # while the process runs
identity = itemgetter("NAME", *MAY_CHANGE)


class DatabaseOperations(CachedReads, MySQLDatabaseOperations):
    pass


class DatabaseWrapper(TrackedConnection, RawSQL):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations
    __repr__ = BaseDatabaseWrapper.__repr__

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.pool_options = pool_options(settings_dict)
        pooled = alias != NO_DB_ALIAS
        self.releases_early = pooled and self.pool_options["RELEASE"] == "transaction"
        self._pool: FairPool | None = None
        self._pool_settings: tuple[Any, ...] = ()  # what it was found by
        self._announced = False
        self._remembered_by: int | None = None  # the thread whose end gives back
        self.isolation_level: str | None = None  # get_connection_params() reads it
        super().__init__(settings_dict, alias)

    def warm(self) -> None:
        """Be a worker's from now on: with its time limits, and MIN_CACHED connections kept."""
        self.settings_dict["IN_WORKER"], self._pool = True, None
        with self.wrap_database_errors:
            warm(self.pool())

    def get_connection_params(self) -> dict[str, Any]:
        in_worker = self.settings_dict.get("IN_WORKER")
        limits = self.settings_dict.get("WORKER_OPTIONS", {}) if in_worker else {}
        return {**limits, **super().get_connection_params()}

    def connect(self) -> None:
        """Django's, without what a pooled connection has had done once for its life.

        It runs once a request, so it calls as little as it can; a test compares what it
        leaves behind with what Django's leaves.
        """
        if self.alias == NO_DB_ALIAS:  # creates and drops databases: never pooled
            super().connect()
            return
        self.in_atomic_block = self.needs_rollback = self.closed_in_transaction = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.errors_occurred, self.health_check_done, self.close_at = False, True, 0.0
        self.connection = self.pool().connect()
        self.autocommit = True
        if self._remembered_by != get_ident():
            threads.remember(self)
            self._remembered_by = get_ident()
        if not self.settings_dict["AUTOCOMMIT"]:
            self.set_autocommit(False)
        if not (self._announced and self.connection.dbapi_connection.announced):
            self._announce()

    def _announce(self) -> None:
        """To receivers of connection_created: a wrapper, or a session, they have not met."""
        self._announced = self.connection.dbapi_connection.announced = True
        with self.borrowing():
            self.init_connection_state()
            connection_created.send(sender=self.__class__, connection=self)

    # Only the version check: the connector has set the session up, once for its life.
    init_connection_state = BaseDatabaseWrapper.init_connection_state

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Never pooled: Django calls it for the alias that creates and drops databases."""
        return MySQLDatabaseWrapper.get_new_connection(self, conn_params)

    def pool(self) -> FairPool:
        """The one of this alias's settings as they are now: changed ones are another pool's."""
        pool = self._pool
        if pool is None or pool.retired or self._pool_settings != identity(self.settings_dict):
            self._pool = pool = self._find_pool()
        return pool

    def _find_pool(self) -> FairPool:
        self._pool_settings = tuple(map(copy, identity(self.settings_dict)))
        key = (self.get_connection_params(), self.isolation_level, dict(self.pool_options))
        read_again = partial(read_params_again, self.alias, self.settings_dict)
        return registry.pool_for(self.alias, key, lambda: make_pool(self.alias, read_again, *key))

    def close_if_unusable_or_obsolete(self) -> None:
        """At the request's end; what was left undone there, the pool looks after."""
        if self.connection is not None:
            self.close()

    @async_unsafe
    def close(self) -> None:
        if self.alias == NO_DB_ALIAS:
            BaseDatabaseWrapper.close(self)
            return
        if self._thread_ident != get_ident():  # type: ignore[attr-defined]
            self.validate_thread_sharing()
        self.run_on_commit = []
        if self.connection is not None:
            self.give_up().close()

    def create_cursor(self, name: str | None = None) -> Any:
        if self.alias == NO_DB_ALIAS:
            return MySQLDatabaseWrapper.create_cursor(self, name)
        cursor = Cursor(self, unbuffered=name is not None)
        if self.releases_early:
            self.open_cursors.add(cursor)
        return cursor

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.autocommit(autocommit)  # pooled or not, as `__no_db__` is

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
        if self.errors_occurred and loan.dbapi_connection is not None:
            loan.dbapi_connection.doubtful = True
        if self.in_atomic_block:
            self.closed_in_transaction = self.needs_rollback = True
        self.write_tracker.ended()
        return loan

    def in_raw_transaction(self) -> bool:
        """As the statements say, and the driver of autocommit alone."""
        with suppress(self.Database.Error):  # it is closed
            return self.write_tracker.opened or not self.connection.get_autocommit()
        return False


def make_pool(
    alias: str, read_again: Any, params: dict[str, Any], level: str | None, options: Any
) -> FairPool:
    # Not the server's default, which may be Aria or MyISAM: neither has transactions.
    engine = "default_storage_engine = InnoDB"
    setup = [f"SET SQL_AUTO_IS_NULL = 0, time_zone = '+00:00', {engine}"]
    if level:
        setup.append(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
    if limit := params.get("read_timeout"):
        # If read_timeout is below innodb_lock_wait_timeout, the client gives up first and its row
        # locks stay held. MySQL refuses an uncast LEAST() in SET (error 1232); MariaDB takes both.
        wait = f"LEAST(@@GLOBAL.innodb_lock_wait_timeout, {max(1, limit - 1)})"
        setup.append(f"SET innodb_lock_wait_timeout = CAST({wait} AS UNSIGNED)")
    setup += options["SET_SESSION"]
    return FairPool(alias, Connector(params, setup, options, read_again), options)


def read_params_again(alias: str, settings_dict: dict[str, Any]) -> dict[str, Any]:
    """The driver's parameters from where the settings had them; all threads learn of it.

    The database's name stays: that of the tests is not the settings'.
    """
    if source := settings_dict.get("READ_AGAIN"):
        try:
            fresh = source()
        except ImproperlyConfigured as error:  # half written, perhaps
            complain(alias, error)
        else:
            if fresh["ENGINE"] == settings_dict["ENGINE"]:
                for known in (settings_dict, connections.settings.get(alias, {})):
                    known.update({name: fresh[name] for name in MAY_CHANGE})
    return DatabaseWrapper(settings_dict, alias).get_connection_params()


def complain(alias: str, error: ImproperlyConfigured) -> None:
    """Once a second at most, however many threads want a connection."""
    now = time.monotonic()
    if now - _complained.get(alias, -math.inf) >= 1:
        _complained[alias] = now
        logger.warning("The database's address cannot be read again: %s", error)
