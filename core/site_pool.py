"""The pool as this site uses it: INKPOOL_POOL_WRAPPER names its DatabaseWrapper.

Guarantees: each write invalidates caches, also one of a stored procedure. All processes of the host
can read what the pool counts. A wait for a connection leaves one thread of the worker free.
"""

from contextlib import suppress
from operator import attrgetter
from typing import Any

from django.db.backends.mysql.operations import DatabaseOperations as MySQLDatabaseOperations

from core.db.cached_reads import CachedReads
from core.invalidation.sql_classifier import Verdict, everything
from core.invalidation.write_hooks import TrackedConnection, TrackedCursor
from core.monitoring.pool_numbers import POOL
from core.mysql_pool.cursor import PoolCursor
from core.mysql_pool.pool import FairPool
from core.mysql_pool.wrapper import DatabaseWrapper as PooledWrapper
from core.shared_memory.process_counters import Counters
from core.workers.worker_threads import worker


class Cursor(TrackedCursor, PoolCursor):
    tracker = property(attrgetter("wrapper.write_tracker"))

    def callproc(self, name: str, args: Any = ()) -> Any:
        return self.track(everything(), f"CALL {name}", super().callproc, name, args)

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """Statements with several results, and one whose rows are fetched one by one."""
        return verdict.late or self.is_unbuffered


class SitePool(FairPool):
    waits = worker

    @staticmethod
    def make_counters(name: str) -> Counters:
        return Counters(name, POOL)


class DatabaseOperations(CachedReads, MySQLDatabaseOperations):
    pass


class DatabaseWrapper(TrackedConnection, PooledWrapper):
    ops_class = DatabaseOperations
    cursor_class = Cursor
    pool_class = SitePool

    def give_up(self) -> Any:
        lease = super().give_up()
        self.write_tracker.ended()
        return lease

    def in_raw_transaction(self) -> bool:
        """As the statements say; the driver knows of autocommit only."""
        with suppress(self.Database.Error):  # it is closed
            return self.write_tracker.opened or not self.connection.get_autocommit()
        return False
