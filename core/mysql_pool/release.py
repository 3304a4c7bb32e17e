"""When a connection goes back to the pool before its request ends.

With DB_POOL_RELEASE=transaction it goes back once no cursor is open, no transaction runs and the
session is unchanged. core.sql asks for the same during one call, and for a connection of its own
during a stream. Guarantees: rows that are fetched and `lastrowid` stay with the cursor; only the
wrapper's own thread checks a connection in early, never the garbage collector.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any
from weakref import ref

from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as PackageDatabaseWrapper
from django.db import DatabaseError
from django.utils.asyncio import async_unsafe

from core.mysql_pool.cursor import PoolCursor


class EarlyRelease(PackageDatabaseWrapper):
    cursor_class: type[PoolCursor] = PoolCursor
    releases_early = False
    _busy = False  # between the check-out and the statement it is for

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_cursors: list[ref[PoolCursor]] = []  # weak: a cursor may be dropped unclosed

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.cursor_class(self, unbuffered=name is not None)
        if self.releases_early:
            self._open_cursors.append(ref(cursor))
        return cursor

    def cursor_closed(self, cursor: PoolCursor) -> None:
        if ref(cursor) in self._open_cursors:  # it may have been closed before
            self._open_cursors.remove(ref(cursor))
        self._release()

    @contextmanager
    def borrowing(self) -> Iterator[None]:
        """Within this block the end of a statement does not end the lease."""
        outer, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = outer

    @contextmanager
    def for_one_call(self) -> Iterator[None]:
        """Within this block as with RELEASE=transaction, unless there is a connection already."""
        outer = self.releases_early
        self.releases_early = outer or self.connection is None
        try:
            yield
        finally:
            self.releases_early = outer

    @async_unsafe
    @contextmanager
    def unbuffered(self) -> Iterator[Any]:
        """A cursor whose rows stay on the server until they are fetched.

        Outside a transaction it has a connection of its own. If its reader stops early, that
        connection is closed instead of fetching the rest.
        """
        wrapper: Any = self
        if self.in_atomic_block or (self.connection is not None and not self.autocommit):
            with wrapper._cursor(name="unbuffered") as cursor:
                yield cursor
            return
        self._release()  # two connections for each thread could leave many threads without one
        # Not copy(), which copies the settings: a password that is read again must reach both.
        own = type(wrapper)(wrapper.settings_dict, wrapper.alias)
        own.inc_thread_sharing()  # a response may be sent by another thread
        try:
            with own._cursor(name="unbuffered") as cursor:
                yield from _until_stopped(own, cursor)
        finally:
            own.close()

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """The outermost atomic() ends by switching autocommit on again: here, on what may be a new
        connection if its own was lost. on_commit hooks may be slow, so they run afterwards."""
        if not (self.releases_early and autocommit):
            super().set_autocommit(autocommit, *args, **kwargs)
            return
        hooks_are_due = self.run_commit_hooks_on_set_autocommit_on
        self.run_commit_hooks_on_set_autocommit_on = False
        try:
            with self.borrowing():
                super().set_autocommit(autocommit, *args, **kwargs)
        finally:
            self._release()
        if hooks_are_due:
            self.run_and_clear_commit_hooks()

    def _release(self) -> None:
        if self.connection is not None and not self._is_held():
            self.give_up().close()

    def _is_held(self) -> bool:
        return bool(
            self._busy
            or self.in_atomic_block
            or not self.autocommit
            or (self._open_cursors and self._has_open_cursor())
            or self.connection.dbapi_connection.dirty
            or self._thread_ident != get_ident()  # type: ignore[attr-defined]
            or self._thread_sharing_count  # type: ignore[attr-defined]
        )

    def _has_open_cursor(self) -> bool:
        self._open_cursors = [each for each in self._open_cursors if each()]
        return bool(self._open_cursors)

    def give_up(self) -> Any:
        """The lease, which this wrapper no longer has then."""
        lease, self.connection = self.connection, None
        if self.errors_occurred and lease.dbapi_connection is not None:
            lease.dbapi_connection.doubtful = True
        if self.in_atomic_block:
            self.closed_in_transaction = self.needs_rollback = True
        return lease


def _until_stopped(wrapper: Any, cursor: Any) -> Iterator[Any]:
    try:
        yield cursor
    except DatabaseError:
        raise
    except BaseException:
        if wrapper.connection is not None:  # in a forked child it is the parent's
            _sever(wrapper.connection.dbapi_connection)
        raise


def _sever(connection: Any) -> None:
    """Stops the server from sending: the pool's reset then fails, and closes the connection."""
    connection.dirty = True
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
