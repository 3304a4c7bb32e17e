"""Django's SQLite engine with tracked writes (core.invalidation.write_hooks)."""

from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper as StockDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.backends.sqlite3.operations import (
    DatabaseOperations as StockDatabaseOperations,
)

from core.db.cached_reads import CachedReads
from core.invalidation.sql_classifier import Verdict, everything
from core.invalidation.write_hooks import TrackedConnection, TrackedCursor


class Cursor(TrackedCursor, SQLiteCursorWrapper):
    def track(self, verdict: Verdict, *args: Any) -> Any:
        """The driver knows of each transaction, so the words that open one mean nothing here."""
        if verdict.opens is not None:
            verdict = Verdict(verdict.mask, None, verdict.late)
        return super().track(verdict, *args)

    def executescript(self, script: str) -> Any:
        return self.track(everything(script), script, super().executescript, script)

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """SQLite commits what RETURNING gives when its last row is fetched."""
        return "RETURNING" in str(sql).upper() and not self.tracker.connection.in_any_transaction()


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
