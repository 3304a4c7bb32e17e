"""Raw SQL with rows as dicts (Flask: the notes' SQLHelper and its DictCursor).

Promises: SQL and parameters always apart; the cursor is closed in any case; errors are
django.db's. A `%` in the SQL is doubled (`%%`) exactly when parameters are given.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

Row = dict[str, Any]


def fetch_one(sql: str, args: Sequence[Any] = (), *, using: str = DEFAULT_DB_ALIAS) -> Row | None:
    """The first row as {column: value}, or None. `args` fill the `%s` of `sql`."""
    with connections[using].cursor() as cursor:
        _run(cursor, sql, args, using)
        row = cursor.fetchone()
        return None if row is None else dict(zip(_columns(cursor), row, strict=True))


def fetch_all(sql: str, args: Sequence[Any] = (), *, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Every row as {column: value}; an empty list when there is none."""
    with connections[using].cursor() as cursor:
        _run(cursor, sql, args, using)
        columns = _columns(cursor)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def execute(sql: str, args: Sequence[Any] = (), *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Run a statement and return how many rows it touched.

    It commits by itself, unless the caller has opened a transaction.atomic().
    """
    with connections[using].cursor() as cursor:
        _run(cursor, sql, args, using)
        return cursor.rowcount


def _run(cursor: CursorWrapper, sql: str, args: Sequence[Any], using: str) -> None:
    if isinstance(args, str | bytes):
        raise TypeError(f"args must be a sequence of values, not {args!r}; write [value]")
    adapt = connections[using].ops.adapt_datetimefield_value
    values = [adapt(arg) if isinstance(arg, datetime) else arg for arg in args]
    cursor.execute(sql, values or None)


def _columns(cursor: CursorWrapper) -> list[str]:
    return [column[0] for column in cursor.description]
