"""Raw SQL with rows as dicts (Flask: the notes' SQLHelper and its DictCursor).

Guarantees: parameters never become part of the SQL. Outside a transaction, a connection is checked
out and returned within the call, whatever DB_POOL_RELEASE says; a thread that already has one uses
and keeps it. Errors are django.db's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DataError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from core.db.sql_parameters import bind

Row = dict[str, Any]
Args = Sequence[Any] | Mapping[str, Any] | None


def fetch_one(sql: str, args: Args = (), *, using: str = DEFAULT_DB_ALIAS) -> Row | None:
    """The first row as {column: value}, or None.

    `args` fill the `%s` of `sql` (a mapping its `%(name)s`); a list fills `IN %s`. A `%` that
    stands for itself is written `%%` if there are parameters, else `%`. Raises django.db's
    errors: ProgrammingError also for a wrong number of parameters, a value SQL cannot take, a
    statement without rows and two columns of one name; DataError for a value out of range.
    """
    with _executed(connections[using], sql, args) as cursor:
        make_row = _row_maker(cursor)
        row = cursor.fetchone()
        return None if row is None else make_row(row)


def fetch_all(sql: str, args: Args = (), *, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Every row as {column: value}; an empty list if there is none. Otherwise as fetch_one()."""
    with _executed(connections[using], sql, args) as cursor:
        make_row = _row_maker(cursor)
        return [make_row(row) for row in cursor.fetchall()]


def execute(sql: str, args: Args = (), *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Runs a statement and returns how many rows it matched, also those that keep their value.

    It commits by itself, unless it is called within transaction.atomic(). `args` and errors are
    those of fetch_one().
    """
    with _executed(connections[using], sql, args) as cursor:
        return max(cursor.rowcount, 0)


def stream(
    sql: str, args: Args = (), *, using: str = DEFAULT_DB_ALIAS, chunk: int = 1000
) -> Iterator[Row]:
    """Yields the rows one by one, with no more than `chunk` of them in memory.

    Outside a transaction it has a connection of its own until its end, or until the generator is
    closed; other queries may run meanwhile. Inside transaction.atomic() it reads on the
    transaction's connection: there, on MySQL, the next query must wait for its end. Raises
    ValueError for a `chunk` below 1; otherwise as fetch_one().
    """
    if not isinstance(chunk, int) or chunk < 1:
        raise ValueError(f"chunk must be a whole number, 1 or more, not {chunk!r}")
    connection = connections[using]
    statement = _bound(connection, sql, args)
    return _streamed(connection, statement, chunk)


def _streamed(
    connection: BaseDatabaseWrapper, statement: tuple[str, list[Any] | None], chunk: int
) -> Iterator[Row]:
    unread: Callable[[], Any] = getattr(connection, "unbuffered", connection.cursor)
    with unread() as cursor:
        _run(cursor, statement)
        make_row = _row_maker(cursor)
        while rows := cursor.fetchmany(chunk):
            for row in rows:
                yield make_row(row)


@contextmanager
def _executed(connection: BaseDatabaseWrapper, sql: str, args: Args) -> Iterator[CursorWrapper]:
    statement = _bound(connection, sql, args)
    with getattr(connection, "for_one_call", nullcontext)(), connection.cursor() as cursor:
        _run(cursor, statement)
        yield cursor
        while connection.vendor == "mysql" and cursor.nextset():
            pass  # raises the error of a second statement


def _bound(connection: BaseDatabaseWrapper, sql: str, args: Args) -> tuple[str, list[Any] | None]:
    try:
        return bind(connection, sql, args)
    except (ValueError, OverflowError) as error:  # an aware time of day, the year 0
        raise DataError(str(error)) from error


def _run(cursor: CursorWrapper, statement: tuple[str, list[Any] | None]) -> None:
    try:
        cursor.execute(*statement)
    except (ValueError, OverflowError) as error:  # half a surrogate pair, a number too large
        raise DataError(str(error)) from error


def _row_maker(cursor: CursorWrapper) -> Callable[[Sequence[Any]], Row]:
    if cursor.description is None:
        raise ProgrammingError("The statement ran, but it has no rows: use execute().")
    names = [column[0] for column in cursor.description]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ProgrammingError(f"Two columns are called {twice!r}: rename one of them with AS.")
    return lambda row: dict(zip(names, row, strict=True))
