"""Tracks what one database connection has written until the caches know (see write_hooks.py).

Guarantees: a mark in shared memory precedes the first write, so that a worker killed after its
commit is noticed; the new generation follows the statement, or the end of its transaction. A
rollback of Django's outdates nothing. A statement that may still be writing when execute()
returns, or whose transaction the server may have committed by itself, is announced twice: at once,
and when its cursor is closed or the connection runs its next statement.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from core.invalidation.broadcast import numbers, tell
from core.invalidation.generations import Mark, generations
from core.invalidation.sql_classifier import Verdict

logger = logging.getLogger(__name__)


class WriteTracker:
    """The writes of `connection`, a TrackedConnection, since its last commit."""

    mask = 0  # their subjects

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.reset()

    def reset(self) -> None:
        self.owner, self.mask = os.getpid(), 0
        self.mark: Mark | None = None
        self.opened = False  # by raw SQL: a transaction of which Django does not know
        self.late = False  # the last statement may still be writing
        self.in_doubt = False  # part of the transaction may have been committed
        self.when_over: list[Callable[[], Any]] = []

    def has_due(self) -> bool:
        """Is something to be done at the end of a transaction, which any statement may be?

        SQLite's driver tells of that end only when it is asked after the statement.
        """
        return bool(self.mask or self.when_over)

    def before(self, mask: int) -> None:
        if self.owner != os.getpid():  # after fork() the parent announces what it has written
            self.reset()
        if self.mask:
            self.mark = generations().extend(self.mark, mask)
        elif mask:
            self.mark = generations().begin(mask)
        self.mask |= mask

    def after(self, verdict: Verdict, late: bool) -> None:
        self.late = late  # the driver has drained the previous statement's results
        if verdict.opens is not None:
            self.opened = verdict.opens
        may_commit = verdict.late or verdict.opens is not None
        self.settle(in_doubt=may_commit or bool(verdict.mask and (late or self.opened)))

    def finish(self, mask: int) -> None:
        """The cursor of a statement that was late is closed."""
        if self.owner == os.getpid():
            self.late, self.mask = False, self.mask | mask  # the next statement may have settled it
            self.settle(in_doubt=True)

    def settle(self, *, in_doubt: bool = False) -> None:
        """Announce the writes if their transaction is over, or if they may have been committed:
        DDL commits, and a deadlock ends what raw SQL has opened."""
        if not self.has_due():
            return
        over = not self.late and not self.connection.in_any_transaction()
        if over or in_doubt:
            self.announce(over)

    def announce(self, over: bool) -> None:
        announce(self.mask, self.mark if over else None)
        due, self.in_doubt = self.when_over, not over
        if over:
            self.mask, self.mark, self.when_over = 0, None, []
        call_all(due)

    def ended(self) -> None:
        """The transaction is committed, or its connection is lost."""
        if not (self.has_due() or self.opened):
            return
        if self.owner != os.getpid():
            self.reset()
        self.late = self.opened = False
        self.announce(over=True)

    def rolled_back(self) -> None:
        if self.mask and not self.in_doubt and self.owner == os.getpid():
            generations().forget(self.mark)
            self.mask, self.mark = 0, None
        self.ended()

    def is_within(self) -> bool:
        """Does a transaction run here, or may one, whether or not Django knows of it?"""
        unsettled = self.mask and self.owner == os.getpid()
        return bool(unsettled) or self.connection.in_any_transaction()

    def __del__(self) -> None:
        """A thread has ended within a transaction without closing: it is rolled back."""
        if self.mask and self.owner == os.getpid():
            generations().forget(self.mark)


def call_all(due: list[Callable[[], Any]]) -> None:
    """What is committed stays committed, whatever fails here."""
    for each in due:
        try:
            each()
        except Exception:
            logger.exception("What was to follow a transaction has failed.")


def announce(mask: int, mark: Mark | None = None) -> None:
    """Give these subjects a new generation, on every host; then `mark` is no longer needed."""
    if mask:
        generations().end(mark, mask)
        numbers.add("writes")
        tell(mask)
