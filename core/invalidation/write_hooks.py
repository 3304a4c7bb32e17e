"""Sees each write of this process to the database, and announces it to the caches.

Guarantees: every statement that runs through a cursor of this site's database engines is seen:
the ORM, update() and bulk calls, the admin, migrations, raw SQL, procedures, scripts. The engines
(core.site_pool, core.sqlite) inherit it from the two classes below. Writes of other programs and
of triggers are not seen.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core.invalidation import write_tracker
from core.invalidation.generations import EVERYTHING, generations
from core.invalidation.sql_classifier import READ, Verdict, classify, only_reads
from core.invalidation.write_tracker import WriteTracker
from core.mysql_pool.statements import text_of

logger = logging.getLogger(__name__)
MIGRATING = re.compile(r'\s*(CREATE|ALTER|DROP|TRUNCATE|RENAME|INSERT INTO "new__)', re.IGNORECASE)
LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?", re.DOTALL)
OUTDATED = "All caches are outdated by a statement that may write any table: %s"
_this_thread = threading.local()


class TrackedConnection(BaseDatabaseWrapper):
    """First base of a DatabaseWrapper, whose create_cursor() returns a TrackedCursor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.write_tracker = WriteTracker(self)

    def in_raw_transaction(self) -> bool:
        """Has raw SQL opened a transaction? An engine whose driver knows asks that instead."""
        return self.write_tracker.opened

    def in_any_transaction(self) -> bool:
        is_open = self.connection is not None  # a closed one may have left autocommit off
        return self.in_atomic_block or (
            is_open and (not self.autocommit or self.in_raw_transaction())
        )

    def _commit(self) -> None:
        self.write_tracker.before()
        try:
            super()._commit()  # type: ignore[misc]
        except BaseException:  # SQLite may be asked again; a lost server may have committed
            self.write_tracker.announce(is_over=False)
            raise
        self.write_tracker.ended()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self.write_tracker.rolled_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.write_tracker.ended()

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        self.write_tracker.before()
        try:
            super().set_autocommit(autocommit, *args, **kwargs)
        finally:
            self.write_tracker.settle()  # switching it on commits


class TrackedCursor:
    """First base of a database cursor; `tracker` is its connection's WriteTracker."""

    tracker: WriteTracker
    late_mask = 0  # the subjects of its statements that may still be writing

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """May the statement still be writing when execute() has returned?"""
        return verdict.late

    def execute(self, sql: Any, args: Any = None) -> Any:
        tracker = self.tracker
        if isinstance(sql, str) and only_reads(sql) and not (tracker.mask or tracker.calls):
            return super().execute(sql, args)  # type: ignore[misc]
        return self.track(classify(sql), sql, super().execute, sql, args)  # type: ignore[misc]

    def executemany(self, sql: Any, args: Any) -> Any:
        return self.track(classify(sql), sql, super().executemany, sql, args)  # type: ignore[misc]

    def track(self, verdict: Verdict, sql: Any, run: Callable[..., Any], *args: Any) -> Any:
        is_everything = verdict.mask == EVERYTHING
        if is_everything:
            log_statement(text_of(sql))
        elif verdict.mask and getattr(_this_thread, "is_unannounced", False):
            verdict = READ
        if verdict == READ and not self.tracker.is_pending():
            return run(*args)
        late = bool(verdict.mask) and self.may_write_late(verdict, sql)
        if late:
            self.late_mask |= verdict.mask
        self.tracker.before(verdict.mask)
        try:
            return run(*args)
        finally:
            self.tracker.after(verdict, late)

    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            if self.late_mask:
                self.tracker.cursor_closed(self.late_mask)
                self.late_mask = 0


def log_statement(sql: str) -> None:
    """Name it without its literals: one may be a password."""
    level = logging.DEBUG if MIGRATING.match(sql) else logging.INFO
    logger.log(level, OUTDATED, LITERAL.sub("'…'", sql[:200]))


def is_in_transaction(connection: BaseDatabaseWrapper) -> bool:
    """Is a transaction running here, by atomic(), set_autocommit(False) or raw SQL?"""
    if isinstance(connection, TrackedConnection):
        return connection.write_tracker.is_in_transaction()
    return connection.in_atomic_block or not connection.autocommit


def after_transaction(call: Callable[[], Any]) -> None:
    """Call `call` at the end of each transaction this thread is in, after its announcement.

    Also after a rollback, and more than once if part of it may have been committed before. An
    exception of `call` is logged. Outside a transaction nothing is called.
    """
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, TrackedConnection) and is_in_transaction(connection):
            connection.write_tracker.calls.append(call)


@contextmanager
def unannounced() -> Iterator[None]:
    """Within this block, this thread's writes to single tables outdate no cache.

    For a write after which pages may show the former row for core.invalidation.expiry.AGE
    seconds, such as that of a column derived from others: announced for each of many rows, it would
    empty the caches as often. A statement that may write several tables is announced all the same.
    """
    before = getattr(_this_thread, "is_unannounced", False)
    _this_thread.is_unannounced = True
    try:
        yield
    finally:
        _this_thread.is_unannounced = before


def announce(*subjects: str) -> None:
    """Give `subjects` a new generation, on every host. Call it outside a transaction."""
    write_tracker.announce(generations().mask(subjects))
