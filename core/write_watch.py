"""What one connection has written, until others know of it (Flask has no counterpart).

Promises: a mark stands before the first write, and goes after the new generation, whether the
transaction is Django's or typed, ends well or not, or is lost. A statement that may still be at
work when execute() is back, or whose transaction the server may have ended, is told twice: at
once, and when its cursor is closed or the connection goes on.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from core.generations import Mark, generations
from core.push import numbers, tell
from core.verdicts import READ, Verdict, judge, verdict

logger = logging.getLogger(__name__)
Execute = Callable[..., Any]
LONGEST = 4_000  # characters of a statement whose verdict is worth keeping
UNFINISHED = "inkpool_unfinished"  # of a cursor: what its statements may still write
ENDINGS = ("_commit", "_rollback", "close", "give_up")  # the last is our pool's


class Unannounced(threading.local):
    """Whether the writes of this thread leave what is kept as it is; see core.writes."""

    is_on = False


unannounced = Unannounced()


class Watch:
    """The writes of one connection that are not yet followed by a new generation."""

    mask = 0  # their subjects

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection: Any = connection
        self.begin_anew()
        for name in ENDINGS:
            self.follow(name, self.ended)
        self.follow("set_autocommit", self.look)

    def begin_anew(self) -> None:
        self.owner, self.mask = os.getpid(), 0
        self.mark: Mark | None = None
        self.by_hand = False  # a BEGIN was typed, of which Django does not know
        self.unfinished = 0  # subjects of a statement that may still be at work
        self.when_over: list[Callable[[], Any]] = []

    def follow(self, name: str, then: Callable[[], None]) -> None:
        """On this one connection, whatever its engine: after the method, also when it fails."""
        stock = getattr(self.connection, name, None)
        if stock is None:
            return

        @wraps(stock)
        def followed(*args: Any, **kwargs: Any) -> Any:
            try:
                return stock(*args, **kwargs)
            finally:
                if self.is_waiting() and self.owner == os.getpid():
                    then()

        setattr(self.connection, name, followed)

    def is_waiting(self) -> bool:
        return bool(self.mask or self.by_hand or self.when_over or self.unfinished)

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = verdict(sql) if len(sql) <= LONGEST else judge(sql)
        if found.by_hand and self.connection.vendor == "sqlite":
            found = READ  # there it is atomic() that says BEGIN
        if unannounced.is_on and found.mask != generations().everything:
            found = READ
        if found is READ and not self.mask and not self.unfinished:
            return execute(sql, params, many, context)
        self.own()
        is_first = not self.mask
        if found.mask:
            self.begin(found.mask)
        try:
            return execute(sql, params, many, context)
        finally:
            self.finish()  # the driver has read what was left of the one before
            self.end(found, is_first=is_first)
            if found.mask and self.goes_on(sql, found, context["cursor"]):
                self.unfinished = found.mask
                finish_with(context["cursor"], found.mask, self.finish)

    def goes_on(self, sql: str | bytes, found: Verdict, cursor: Any) -> bool:
        """May it still be at work when execute() is back? A procedure, and several statements, are
        after the first result, and what is read row by row until the last. SQLite commits what
        it returns when the last row is fetched."""
        if self.connection.vendor == "sqlite":
            return self.is_over() and "RETURNING" in str(sql).upper()
        return found.goes_on or getattr(cursor.cursor, "is_unbuffered", False)

    def finish(self, mask: int = 0) -> None:
        """By now the last statement has come to its end, or the one of this mask."""
        mask, self.unfinished = mask | self.unfinished, 0
        if mask and self.owner == os.getpid():
            self.may_have_committed(mask)

    def own(self) -> None:
        if self.owner != os.getpid():  # a child: what is unsettled is its parent's
            self.begin_anew()

    def begin(self, mask: int) -> None:
        if not self.mask:
            self.mark = generations().begin(mask)
        elif mask | self.mask != self.mask:
            generations().widen(self.mark, mask)
        self.mask |= mask

    def end(self, found: Verdict, *, is_first: bool) -> None:
        if found.by_hand is not None:
            self.by_hand = found.by_hand
        if self.is_over():
            self.settle()
        elif is_first and found.by_hand and not found.goes_on:
            self.release()  # only begun: there is nothing to mark
            do_all(self.when_over)
        elif found.mask == generations().everything:
            self.may_have_committed(found.mask)
        elif self.by_hand:  # the server may have ended what was typed: at DDL, at a deadlock
            renew(found.mask)

    def may_have_committed(self, mask: int) -> None:
        renew(mask)
        do_all(self.when_over)

    def is_known(self) -> bool:
        """Is it a transaction of Django's, whose end is told?"""
        return self.connection.in_atomic_block or not self.connection.autocommit

    def is_over(self) -> bool:
        """Does no transaction run, as far as Django, this watch and the driver know?"""
        if self.is_known() or self.by_hand:
            return False
        raw = self.connection.connection
        if self.connection.vendor == "sqlite":
            return raw is None or not raw.in_transaction
        with suppress(self.connection.Database.Error):  # it is closed
            return raw is None or bool(raw.get_autocommit())
        return True

    def is_within(self) -> bool:
        """Does a transaction run here, or may it, whether Django knows of it or not?"""
        if not self.is_known():
            unsettled = self.mask or self.by_hand or self.unfinished
            return bool(unsettled and self.owner == os.getpid()) or self.is_running_on_sqlite()
        return self.connection.connection is not None or self.connection.in_atomic_block

    def is_running_on_sqlite(self) -> bool:
        """There the driver knows of what was typed; on MySQL the server alone does."""
        if self.connection.vendor != "sqlite":
            return False
        with suppress(self.connection.Database.Error):  # it is closed
            raw = self.connection.connection
            return raw is not None and bool(raw.in_transaction)
        return False

    def look(self) -> None:
        if self.is_over():
            self.settle()

    def ended(self) -> None:
        self.finish()
        if self.is_running_on_sqlite():  # a commit that failed may be asked for again
            self.may_have_committed(self.mask)
            return
        self.by_hand = False
        self.settle()

    def settle(self) -> None:
        self.release()
        due, self.when_over = self.when_over, []
        do_all(due)

    def release(self) -> None:
        if self.mask:
            generations().end(self.mark, self.mask)
            told(self.mask)
            self.mask = 0

    def __del__(self) -> None:
        """A thread ended within a transaction and closed nothing: it is undone."""
        if self.mask and self.owner == os.getpid():
            generations().forget(self.mark)


def finish_with(cursor: Any, mask: int, finish: Callable[[int], None]) -> None:
    """Closing reads all results. Who never closes is finished by the next statement, or the end."""
    left = vars(cursor)
    if UNFINISHED not in left:
        close_and_finish(cursor, finish)
    left[UNFINISHED] = mask | left.get(UNFINISHED, 0)


def close_and_finish(cursor: Any, finish: Callable[[int], None]) -> None:
    close, left = cursor.close, vars(cursor)

    def closed() -> None:
        try:
            close()
        finally:
            mask, left[UNFINISHED] = left[UNFINISHED], 0
            finish(mask)

    cursor.close = closed


def do_all(due: list[Callable[[], Any]]) -> None:
    """What is committed stays so, whatever fails here."""
    for each in due:
        try:
            each()
        except Exception:
            logger.exception("What was to follow a transaction has failed.")


def renew(mask: int) -> None:
    if mask:
        generations().bump(mask)
        told(mask)


def told(mask: int) -> None:
    numbers.add("writes")
    tell(mask)
