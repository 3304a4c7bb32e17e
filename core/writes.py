"""Sees what this process writes to the database, and gives it a new generation.

Promises: every statement that goes through a cursor of Django is seen: the ORM, update() and
bulk calls, the admin, migrations, raw SQL. What is not surely a read counts as a write, and one
that names no table counts for all. The new generation comes after the statement, or after the
commit and before anybody's own on_commit. What other programs write is not seen here.
"""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper

from core.generations import generations
from core.push import numbers, tell

Execute = Callable[..., Any]
NO_MARK = -1
LONGEST = 4_000  # characters of a statement whose verdict is worth keeping

READS = re.compile(
    r"[\s(]*(SELECT|SHOW|SET(?!\s+STATEMENT\b)|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|START|EXPLAIN|DESC|DESCRIBE"
    r"|PRAGMA|USE|VALUES)\b[^;]*;?\s*\Z",
    re.IGNORECASE,
)
NAMES_TABLE = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|TRUNCATE|ALTER|DROP\s+TABLE|CREATE|RENAME|LOAD|WITH"
    r"|OPTIMIZE|ANALYZE|LOCK|UNLOCK)\b[^;]*;?\s*\Z",
    re.IGNORECASE,
)
BEGINS = re.compile(r"\s*(BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
ENDS = re.compile(r"\s*(COMMIT|END|ROLLBACK)\b(?!.*\bTO\b)", re.IGNORECASE)
LAST_LOGIN = re.compile(r'\s*UPDATE [`"]\w+[`"] SET [`"]last_login[`"] = %s WHERE ', re.IGNORECASE)


class Watch:
    """The writes of one connection that are not yet followed by a new generation."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.mask, self.mark = 0, NO_MARK
        self.by_hand = False  # a BEGIN was typed, of which Django does not know

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        mask = written(sql) if len(sql) <= LONGEST else judge(sql)
        if self.mask and self.commits_itself():
            self.settle()  # of a transaction that was undone, or committed by hand
        if not mask:
            return self.read(execute, sql, params, many, context)
        self.begin(mask)
        try:
            return execute(sql, params, many, context)
        finally:
            self.end()

    def read(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        said = text_of(sql)  # on SQLite it is atomic() that says BEGIN
        if BEGINS.match(said) and self.connection.vendor == "mysql" and self.commits_itself():
            self.by_hand = True
        try:
            return execute(sql, params, many, context)
        finally:
            if self.by_hand and ENDS.match(said):
                self.by_hand = False
                if self.mask:
                    self.settle()

    def commits_itself(self) -> bool:
        return self.connection.get_autocommit() and not self.by_hand

    def begin(self, mask: int) -> None:
        if not self.mask:
            self.mark = generations().begin(mask)
        elif mask | self.mask != self.mask:
            generations().widen(self.mark, mask)
        self.mask |= mask
        if self.connection.in_atomic_block:
            self.settle_on_commit()

    def end(self) -> None:
        if self.connection.in_atomic_block:
            return
        if self.commits_itself():
            self.settle()
        else:  # nobody tells of the commit to come
            generations().hold(self.mark)

    def settle_on_commit(self) -> None:
        """Ahead of callbacks that were there before; no undone savepoint takes it away."""
        callbacks = self.connection.run_on_commit
        if not callbacks or callbacks[0][1] != self.settle:
            callbacks.insert(0, (set(), self.settle, True))  # type: ignore[arg-type]

    def settle(self) -> None:
        mask, self.mask = self.mask, 0
        generations().end(self.mark, mask)
        numbers.add("writes")
        tell(mask)


def text_of(sql: str | bytes) -> str:
    return sql.decode(errors="replace") if isinstance(sql, bytes) else sql


@lru_cache(maxsize=2048)
def written(sql: str | bytes) -> int:
    """Which subjects a statement may write, as a mask of Generations; 0 for none."""
    return judge(sql)


def judge(sql: str | bytes) -> int:
    sql = text_of(sql)
    if READS.match(sql):
        return 0
    subjects = settings.GENERATIONS
    if not NAMES_TABLE.match(sql):
        return generations().mask(subjects)
    named = [subject for subject, tables in subjects.items() if names_any(sql, tables)]
    if LAST_LOGIN.match(sql):  # each sign-in writes it, and nothing that is kept shows it
        return 0
    return generations().mask(named)


def names_any(sql: str, tables: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{table}\b", sql, re.IGNORECASE) for table in tables)


def watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of connection_created, which is sent at each borrowing from the pool too."""
    if not any(isinstance(wrapper, Watch) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(Watch(connection))


def settle_all(**kwargs: Any) -> None:
    """Receiver of request_finished: a transaction undone leaves no mark behind."""
    for connection in connections.all(initialized_only=True):
        for wrapper in connection.execute_wrappers:
            if isinstance(wrapper, Watch) and wrapper.mask and not connection.in_atomic_block:
                wrapper.settle()


def watch_procedures() -> None:
    """callproc() of a cursor asks no wrapper of Django's."""
    stock = CursorWrapper.callproc

    @wraps(stock)
    def callproc(self: CursorWrapper, *args: Any, **kwargs: Any) -> Any:
        watches = [each for each in self.db.execute_wrappers if isinstance(each, Watch)]
        if not watches:
            return stock(self, *args, **kwargs)
        return watches[0](lambda *given: stock(self, *args, **kwargs), "CALL", None, False, {})

    CursorWrapper.callproc = callproc  # type: ignore[method-assign]


def start_watching() -> None:
    watch_procedures()
    connection_created.connect(watch, dispatch_uid="core.writes.watch")
    request_finished.connect(settle_all, dispatch_uid="core.writes.settle_all")
