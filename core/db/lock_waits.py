"""Writes that give way: for what another request can do as well later."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def without_waiting() -> Iterator[None]:
    """Within this block a locked SQLite database is an OperationalError at once.

    Elsewhere nothing changes: there `select_for_update(skip_locked=True)` passes locked rows by.
    """
    if connection.vendor != "sqlite":
        yield
        return
    before = pragma("busy_timeout")
    pragma("busy_timeout = 0")
    try:
        yield
    finally:
        pragma(f"busy_timeout = {before}")


def pragma(text: str) -> int:
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {text}").fetchone()[0]
