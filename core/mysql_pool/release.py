"""DB_POOL_RELEASE=transaction: a connection is lent for a transaction, not for a request.

Promises: it goes back once no cursor is open, no transaction runs and the session is as new;
whatever else a request then does, it occupies none. Rows already fetched and `lastrowid` are
the cursor's own. Only the wrapper's own thread gives back, never a garbage collector's.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as StockDatabaseWrapper

from core.mysql_pool.cursor import Cursor


class EarlyRelease(StockDatabaseWrapper):
    releases_early = False
    _busy = False  # between borrowing and what it was borrowed for

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open_cursors: WeakSet[Cursor] = WeakSet()

    @contextmanager
    def borrowing(self) -> Iterator[None]:
        """What a new connection is asked on its own account does not end the loan."""
        outer, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = outer

    def cursor_closed(self, cursor: Cursor) -> None:
        self.open_cursors.discard(cursor)
        self._release()

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """The outermost atomic block ends by switching autocommit on again: here, on what
        may be a new connection if its own was lost. Hooks take their time, so they run after."""
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
            or self.open_cursors
            or self.connection.dbapi_connection.dirty
            or self.allow_thread_sharing
            or self._thread_ident != threading.get_ident()  # type: ignore[attr-defined]
        )

    if TYPE_CHECKING:

        def give_up(self) -> Any:
            """The loan, which this wrapper then has no more."""
