"""Writes that do not wait for a lock, because another request can do them later."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def without_waiting() -> Iterator[None]:
    """Within this block a locked SQLite database raises OperationalError at once.

    On other databases it changes nothing: use `select_for_update(skip_locked=True)` there.
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
