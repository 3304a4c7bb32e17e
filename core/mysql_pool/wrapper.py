"""The capped pool as a database engine (Flask: DBUtils PooledDB), over django-db-connection-pool.

Guarantees: at most MAX_CONNECTIONS connections for each process and database. A pool belongs to one
set of connection parameters, so a test database never uses connections to the real one. No borrower
sees what another one has done to the session. If no connection is free in time, PoolTimeout is
raised.
"""

import logging
import math
import time
from contextlib import AbstractContextManager
from functools import partial
from operator import itemgetter
from threading import get_ident
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.mysql.base import DatabaseWrapper as MySQLDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils.asyncio import async_unsafe

from core.mysql_pool import checks as checks  # registers them
from core.mysql_pool import registry, thread_ends
from core.mysql_pool.connector import Connector
from core.mysql_pool.maintenance import warm_up
from core.mysql_pool.pool import FairPool
from core.mysql_pool.pool_options import pool_options
from core.mysql_pool.release import EarlyRelease

logger = logging.getLogger(__name__)
_warned_at: dict[str, float] = {}  # by alias, time.monotonic()

# The settings that tell one pool from another; POOL_OPTIONS are read when a wrapper is made.
MAY_CHANGE = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")  # while the process runs
identity = itemgetter("NAME", *MAY_CHANGE)


class DatabaseWrapper(EarlyRelease):
    """A project extends it by a subclass, which INKPOOL_POOL_WRAPPER names."""

    pool_class = FairPool
    # The package's show the driver's connection.
    __repr__ = __str__ = BaseDatabaseWrapper.__repr__

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        self.pool_options = pool_options(settings_dict)
        self.releases_early = self.pool_options["RELEASE"] == "transaction"
        self._pool: FairPool | None = None
        self._pool_settings: tuple[Any, ...] = ()  # those that _pool was found by
        self._announced = False
        self._noted_by: int | None = None  # the thread that checks in when it ends
        self.isolation_level: str | None = None  # get_connection_params() sets it
        super().__init__(settings_dict, alias)

    def warm_up(self) -> None:
        """Makes this a worker's pool, with its time limits and MIN_CACHED connections kept open."""
        self.settings_dict["IN_WORKER"], self._pool = True, None
        with self.wrap_database_errors:
            warm_up(self.pool())

    def get_connection_params(self) -> dict[str, Any]:
        in_worker = self.settings_dict.get("IN_WORKER")
        limits = self.settings_dict.get("WORKER_OPTIONS", {}) if in_worker else {}
        return {**limits, **super().get_connection_params()}

    def connect(self) -> None:
        """Does what Django's connect() does, without the steps that a connection needs only once.

        It runs once a request, so it calls as little as it can; a test compares what it leaves
        behind with what Django's leaves.
        """
        self.in_atomic_block = self.needs_rollback = self.closed_in_transaction = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.errors_occurred, self.health_check_done, self.close_at = False, True, 0.0
        lease = self.connection = self.pool().connect()
        self.autocommit = True
        if self._noted_by != lease.thread:
            thread_ends.note(self)
            self._noted_by = lease.thread
        if not self.settings_dict["AUTOCOMMIT"]:
            self.set_autocommit(False)
        if not (self._announced and lease.dbapi_connection.announced):
            self._announce()

    def _announce(self) -> None:
        """Sends connection_created: its receivers have not seen this wrapper, or this session."""
        self._announced = self.connection.dbapi_connection.announced = True
        with self.borrowing():
            self.init_connection_state()
            connection_created.send(sender=self.__class__, connection=self)

    # Only the version check: the connector has set up the session, once for its life.
    init_connection_state = BaseDatabaseWrapper.init_connection_state

    def _cursor(self, name: str | None = None) -> Any:
        """Django's in fewer steps: the pool does the health check, and cursor() has made sure that
        no event loop runs here."""
        self.validate_thread_sharing()
        if self.connection is None and self.in_atomic_block:
            self.ensure_connection()  # refuses: the transaction's connection is lost
        with self.wrap_database_errors:
            if self.connection is None:
                self.connect()
            cursor = self.create_cursor(name)
        return self.make_debug_cursor(cursor) if self.queries_logged else self.make_cursor(cursor)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Not the package's, whose pool keeps the parameters of the first thread for ever."""
        return self.pool().connect()

    def _nodb_cursor(self) -> AbstractContextManager[Any]:
        """Creates and drops databases, on a connection that is never pooled."""
        unpooled: Any = MySQLDatabaseWrapper(self.settings_dict, self.alias)
        return unpooled._nodb_cursor()

    def pool(self) -> FairPool:
        """The pool of this alias with its present settings: changed ones have another pool."""
        pool = self._pool
        if pool is None or pool.retired or self._pool_settings != identity(self.settings_dict):
            self._pool = pool = self._find_pool()
        return pool

    def _find_pool(self) -> FairPool:
        self._pool_settings = identity(self.settings_dict)
        key = (self.get_connection_params(), self.isolation_level, dict(self.pool_options))
        return registry.pool_for(self.alias, key, lambda: self._make_pool(*key))

    def _make_pool(self, params: dict[str, Any], level: str | None, options: Any) -> FairPool:
        read_again = partial(read_params_again, type(self), self.alias, self.settings_dict)
        setup = setup_statements(params, level, options)
        return self.pool_class(self.alias, Connector(params, setup, options, read_again), options)

    def close_if_unusable_or_obsolete(self) -> None:
        """At the end of a request: the pool restores what the request has left behind."""
        if self.connection is not None:
            self.validate_thread_sharing()
            self._check_in()

    @async_unsafe
    def close(self) -> None:
        self.validate_thread_sharing()
        self._check_in()

    def _check_in(self) -> None:
        self.run_on_commit = []
        if self.connection is not None:
            self.give_up().close()

    def validate_thread_sharing(self) -> None:
        """Django's, without its lock for the thread that has made this wrapper."""
        if self._thread_ident != get_ident():  # type: ignore[attr-defined]
            super().validate_thread_sharing()

    def _set_autocommit(self, autocommit: bool) -> None:
        """Not the package's, which logs a traceback for each lost connection."""
        with self.wrap_database_errors:
            self.connection.autocommit(autocommit)

    def thread_ended(self) -> None:
        """Checks in, unless other threads may use this wrapper too."""
        if self.connection is not None and not self.allow_thread_sharing:
            self.give_up().close()

    def forked(self) -> None:
        """In the child: the connection is the parent's, and so is its transaction."""
        if self.connection is not None:
            self.give_up()


def setup_statements(params: dict[str, Any], level: str | None, options: Any) -> list[str]:
    """Those that a session gets once for its life, and again after a reset."""
    # The server's default may be Aria or MyISAM, which have no transactions.
    engine = "default_storage_engine = InnoDB"
    setup = [f"SET SQL_AUTO_IS_NULL = 0, time_zone = '+00:00', {engine}"]
    if level:
        setup.append(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
    if limit := params.get("read_timeout"):
        # If read_timeout is below innodb_lock_wait_timeout, the client gives up first and its row
        # locks stay held. MySQL refuses an uncast LEAST() in SET (error 1232); MariaDB takes both.
        wait = f"LEAST(@@GLOBAL.innodb_lock_wait_timeout, {max(1, limit - 1)})"
        setup.append(f"SET innodb_lock_wait_timeout = CAST({wait} AS UNSIGNED)")
    return setup + list(options["SET_SESSION"])


def read_params_again(wrapper: Any, alias: str, settings_dict: dict[str, Any]) -> dict[str, Any]:
    """The driver's parameters, read again from the source of the settings; for all threads.

    The database's name stays: the tests' differs from the settings'.
    """
    if source := settings_dict.get("READ_AGAIN"):
        try:
            fresh = source()
        except ImproperlyConfigured as error:  # half written, perhaps
            warn_unreadable(alias, error)
        else:
            if fresh["ENGINE"] == settings_dict["ENGINE"]:
                for known in (settings_dict, connections.settings.get(alias, {})):
                    known.update({name: fresh[name] for name in MAY_CHANGE if name in fresh})
    return wrapper(settings_dict, alias).get_connection_params()


def warn_unreadable(alias: str, error: ImproperlyConfigured) -> None:
    """Logs it once a second at most, however many threads want a connection."""
    now = time.monotonic()
    if now - _warned_at.get(alias, -math.inf) >= 1:
        _warned_at[alias] = now
        logger.warning("The database's address cannot be read again: %s", error)
