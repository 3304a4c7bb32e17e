"""Sees what this process writes to the database, and gives it a new generation.

Promises: every statement that goes through a cursor of Django is seen: the ORM, update() and
bulk calls, the admin, migrations, raw SQL, procedures, scripts; core/verdicts.py says what it may
write. The new generation comes after the statement, or after the commit and before anybody's own
on_commit; commit, rollback and the loss of the connection end the mark, and what was asked of
when_over() is done then. What other programs write, and triggers, is not seen here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper

from core.generations import generations
from core.write_watch import Watch, renew
from core.write_watch import unannounced as _unannounced


def is_within(connection: BaseDatabaseWrapper) -> bool:
    """Is this connection in a transaction, be it by atomic(), set_autocommit(False) or typed?"""
    for each in connection.execute_wrappers:
        if type(each) is Watch:
            return each.is_within()
    return connection.in_atomic_block


def when_over(do: Callable[[], Any]) -> None:
    """Call `do` at the end of each transaction this thread is in, after its new generation.

    Also after one that is undone, and more than once if it may have been committed midway. What
    it raises is logged. Without a transaction nothing is done.
    """
    for connection in connections.all(initialized_only=True):
        for each in connection.execute_wrappers:
            if type(each) is Watch and each.is_within():
                each.when_over.append(do)


@contextmanager
def unannounced() -> Iterator[None]:
    """Within this block, this thread's writes to single tables outdate nothing that is kept.

    For a write after which pages may go on showing the row as it was for core.memory.AGE seconds,
    such as a column that is derived from others: one for each of many rows would empty the
    caches as often. A statement that may write several tables is announced all the same.
    """
    before, _unannounced.is_on = _unannounced.is_on, True
    try:
        yield
    finally:
        _unannounced.is_on = before


def announce(*subjects: str) -> None:
    """Give `subjects` a new generation, on every host. Call it outside a transaction."""
    renew(generations().mask(subjects))


def watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of connection_created, which is sent at each borrowing from the pool too.

    In front: execute_wrapper() takes away the last one when its block ends.
    """
    if not any(isinstance(wrapper, Watch) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.insert(0, Watch(connection))


def watch_past_wrappers() -> None:
    """Of a cursor's ways to run SQL, those that ask no wrapper of Django's."""
    CursorWrapper.callproc = watched(CursorWrapper.callproc)  # type: ignore[method-assign]
    CursorWrapper.executescript = watched(executescript)  # type: ignore[attr-defined]


def executescript(self: CursorWrapper, *args: Any) -> Any:
    """SQLite's, which Django hands through."""
    return self.cursor.executescript(*args)


def watched(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def seen(self: CursorWrapper, *args: Any, **kwargs: Any) -> Any:
        watches = [each for each in self.db.execute_wrappers if isinstance(each, Watch)]
        if not watches:
            return run(self, *args, **kwargs)
        return watches[0](
            lambda *given: run(self, *args, **kwargs), "CALL", None, False, {"cursor": self}
        )

    return seen


def start_watching() -> None:
    watch_past_wrappers()
    connection_created.connect(watch, dispatch_uid="core.writes.watch")
