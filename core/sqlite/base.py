"""Django's SQLite engine with tracked writes (core.invalidation.write_hooks).

Guarantees: a query may compare with whole numbers of any size, as on MySQL; Django looks at the
size for `id=…`, not for `id__in=…`.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper as StockDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.backends.sqlite3.operations import (
    DatabaseOperations as StockDatabaseOperations,
)

from core.db.cached_reads import CachedReads
from core.invalidation.sql_classifier import Verdict, everything, only_reads
from core.invalidation.write_hooks import TrackedConnection, TrackedCursor


class Cursor(TrackedCursor, SQLiteCursorWrapper):
    def track(self, verdict: Verdict, *args: Any) -> Any:
        """The driver knows of each transaction, so the words that open one mean nothing here."""
        if verdict.opens is not None:
            verdict = Verdict(verdict.mask, None, verdict.late)
        return super().track(verdict, *args)

    def execute(self, sql: Any, params: Any = None) -> Any:
        try:
            return super().execute(sql, params)
        except OverflowError:
            if not (params and only_reads(str(sql))):  # a column must not get another number
                raise
        return super().execute(sql, with_reals(params))

    def executescript(self, script: str) -> Any:
        return self.track(everything(script), script, super().executescript, script)

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """SQLite commits what RETURNING gives when its last row is fetched."""
        return "RETURNING" in str(sql).upper() and not self.tracker.connection.in_any_transaction()


def with_reals(params: Any) -> Any:
    """`params` with floats for the whole numbers above 64 bits, which the driver refuses.

    A float of that size equals no integer of a column and is on the right side of each.
    """
    if isinstance(params, Mapping):
        return {name: real_if_large(value) for name, value in params.items()}
    return [real_if_large(value) for value in params]


def real_if_large(value: Any) -> Any:
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


class DatabaseOperations(CachedReads, StockDatabaseOperations):
    pass


class DatabaseWrapper(TrackedConnection, StockDatabaseWrapper):
    ops_class = DatabaseOperations

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.tracker = self.write_tracker
        return cursor

    def in_raw_transaction(self) -> bool:
        """The driver knows, also after a commit that has failed."""
        with suppress(self.Database.Error):  # it is closed
            return bool(self.connection.in_transaction)
        return False
