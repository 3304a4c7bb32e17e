"""Django's SQLite engine with tracked writes (core.invalidation.write_hooks).

Guarantees: a query may compare with whole numbers of any size, as on MySQL; Django looks at the
size for `id=…`, not for `id__in=…`. Elsewhere a number outside 64 bits is a DataError, as it is
on MySQL for a column of whole numbers; SQLite has no type that holds it.
"""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from sqlite3 import DataError
from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper as StockDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.backends.sqlite3.operations import (
    DatabaseOperations as StockDatabaseOperations,
)

from core.db.cached_reads import CachedReads
from core.invalidation.sql_classifier import Verdict, everything, only_reads
from core.invalidation.write_hooks import TrackedConnection, TrackedCursor

OUT_OF_RANGE = "a whole number outside 64 bits may only be compared with, by =, <, >, IN or BETWEEN"
BELOW_ALL = math.nextafter(-(2.0**63), -math.inf)  # a rounded -2**63 - 1 would be in 64 bits
PLACEHOLDER = re.compile(r"(?<!%)%(?:\((?P<name>\w+)\))?s")
COMPARED = re.compile(
    r"(?:[<>=]|\bIN\s*\([^()]*|\bBETWEEN|\bBETWEEN\s+\S+\s+AND)\s*\Z", re.IGNORECASE
)
COMPARES = re.compile(r"\s*(?:[<>=!]|(?:NOT\s+)?(?:IN|BETWEEN)\b)", re.IGNORECASE)


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
                raise DataError(OUT_OF_RANGE) from None
        return super().execute(sql, with_bounds(str(sql), params))

    def executemany(self, sql: Any, params: Any) -> Any:
        try:
            return super().executemany(sql, params)
        except OverflowError:
            raise DataError(OUT_OF_RANGE) from None

    def executescript(self, script: str) -> Any:
        return self.track(everything(script), script, super().executescript, script)

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """SQLite commits what RETURNING gives when its last row is fetched."""
        return "RETURNING" in str(sql).upper() and not self.tracker.connection.in_any_transaction()


def with_bounds(sql: str, params: Any) -> Any:
    """`params` with floats for the whole numbers outside 64 bits, which the driver refuses. Raises
    DataError for one that is not compared: selected, it would come back as another number."""
    items = params.items() if isinstance(params, Mapping) else enumerate(params)
    large = {key: bound(value) for key, value in items if is_large(value)}
    for position, found in enumerate(PLACEHOLDER.finditer(sql)):
        key = found["name"] or position
        before, after = sql[: found.start()], sql[found.end() :]
        if key in large and not (COMPARED.search(before) or COMPARES.match(after)):
            raise DataError(OUT_OF_RANGE)
    if isinstance(params, Mapping):
        return {**params, **large}
    return [large.get(position, value) for position, value in enumerate(params)]


def is_large(value: Any) -> bool:
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def bound(value: int) -> float:
    """A float that equals no integer of 64 bits and is on the same side of each as `value`."""
    try:
        return float(value) if value > 0 else min(float(value), BELOW_ALL)
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
