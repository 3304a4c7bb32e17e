"""Hooks by which a project describes its database and its server to core.caching.

Each hook has a default, which knows Django's own transactions. A project that has more to tell
assigns to `hooks` in AppConfig.ready().
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connections


class Subjects(Protocol):
    """Knows when the tables of a subject were written; without it no function has `subjects=`."""

    def names(self) -> Collection[str]: ...

    def host(self) -> str:
        """A name for this host, on which alone its stamps count."""

    def stamp(self, subjects: Collection[str]) -> tuple[str, float] | None:
        """A text that each write to `subjects` changes, and the age in seconds at which a result
        of this stamp no longer counts; None while a write is pending."""


def in_transaction() -> bool:
    """Whether a transaction is open on any connection of this thread."""
    return any(
        each.in_atomic_block or (each.connection is not None and not each.autocommit)
        for each in connections.all(initialized_only=True)
    )


def after_transaction(call: Callable[[], Any]) -> None:
    """Call `call` after the commit of each atomic() that this thread is in."""
    for each in connections.all(initialized_only=True):
        if each.in_atomic_block:
            each.on_commit(call, robust=True)


def sleep(seconds: float) -> bool:
    """Sleep. False if the server needs this thread, which then must not wait any longer."""
    time.sleep(seconds)
    return True


def count(event: str, amount: int = 1) -> None:
    """Count "hits", "misses", "outdated" or "collapsed"."""


@dataclass
class Hooks:
    in_transaction: Callable[[], bool] = in_transaction
    after_transaction: Callable[[Callable[[], Any]], None] = after_transaction
    sleep: Callable[[float], bool] = sleep
    count: Callable[..., None] = count
    subjects: Subjects | None = None


hooks = Hooks()
