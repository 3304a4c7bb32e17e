"""Tracks the writes of one database connection until they are announced (see write_hooks.py).

Guarantees: the subjects are marked as pending before the first write, so that a worker killed
after its commit is noticed; they get new generations after the statement, or at the end of its
transaction. A rollback by Django outdates nothing. A statement that may still be writing when
execute() returns, or whose transaction the server may have committed by itself, is announced
twice: at once, and when its cursor is closed or the connection runs its next statement.
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
        self.pid, self.mask = os.getpid(), 0
        self.mark: Mark | None = None
        self.opened = False  # by raw SQL: a transaction of which Django does not know
        self.late = False  # the last statement may still be writing
        self.in_doubt = False  # part of the transaction may have been committed
        self.calls: list[Callable[[], Any]] = []  # after the transaction

    def is_pending(self) -> bool:
        """Must something be done at the end of the transaction, which any statement may be?"""
        return bool(self.mask or self.calls)

    def before(self, mask: int = 0) -> None:
        """A statement that may write the subjects `mask`, or the commit, is about to run."""
        if self.pid != os.getpid():  # after fork() the parent announces what it has written
            self.reset()
        if self.mask:
            self.mark = generations().extend(self.mark, self.mask | mask)
        elif mask:
            self.mark = generations().begin(mask)
        self.mask |= mask

    def after(self, verdict: Verdict, late: bool) -> None:
        """The statement has returned; with `late` it may still be writing."""
        self.late = late  # the driver has drained the previous statement's results
        if verdict.opens is not None:
            self.opened = verdict.opens
        may_commit = verdict.late or verdict.opens is not None
        self.settle(in_doubt=may_commit or bool(verdict.mask and (late or self.opened)))

    def cursor_closed(self, mask: int) -> None:
        """The late statements of the cursor, which may have written `mask`, have ended."""
        if self.pid == os.getpid():
            self.late, self.mask = False, self.mask | mask  # the next statement may have settled it
            self.settle(in_doubt=True)

    def settle(self, *, in_doubt: bool = False) -> None:
        """Announce the writes if their transaction is over, or if they may have been committed:
        DDL commits, and a deadlock ends what raw SQL has opened."""
        if not self.is_pending():
            return
        is_over = not self.late and not self.connection.in_any_transaction()
        if is_over or in_doubt:
            self.announce(is_over)

    def announce(self, is_over: bool) -> None:
        announce(self.mask, self.mark if is_over else None)
        calls, self.in_doubt = self.calls, not is_over
        if is_over:
            self.mask, self.mark, self.calls = 0, None, []
        for call in calls:
            try:
                call()
            except Exception:  # what is committed stays committed
                logger.exception("A call after a transaction has failed.")

    def ended(self) -> None:
        """The transaction is committed, or its connection is lost."""
        if not (self.mask or self.calls or self.opened):
            return
        if self.pid != os.getpid():
            self.reset()
        self.late = self.opened = False
        self.announce(is_over=True)

    def rolled_back(self) -> None:
        if self.mask and not self.in_doubt and self.pid == os.getpid():
            generations().forget(self.mark)
            self.mask, self.mark = 0, None
        self.ended()

    def is_in_transaction(self) -> bool:
        """Does a transaction run here, or may one, whether or not Django knows of it?"""
        is_unsettled = bool(self.mask) and self.pid == os.getpid()
        return is_unsettled or self.connection.in_any_transaction()

    def __del__(self) -> None:
        """A thread has ended without closing: its transaction is rolled back. What may have been
        committed keeps its mark until the deadline, when a reader gives new generations."""
        if self.mask and not self.in_doubt and self.pid == os.getpid():
            generations().forget(self.mark)


def announce(mask: int, mark: Mark | None = None) -> None:
    """Give these subjects new generations on every host; then `mark` is no longer needed."""
    if mask:
        generations().end(mark, mask)
        numbers.add("writes")
        tell(mask)
