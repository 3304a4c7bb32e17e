"""Closes the SQLite connections of a test's threads when these threads end.

Django keeps a database in memory open, also on `connection.close()`: it is gone with its last
connection. So a thread cannot close its own, and since Python 3.13 a connection that is collected
unclosed is a ResourceWarning, in whichever test is running then.
"""

import sqlite3
import threading
from typing import Any

from django.db.backends.signals import connection_created


class Opened:
    """The connections of one thread, whose end drops its threading.local and this with it."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []

    def __del__(self) -> None:
        for connection in self.connections:
            connection.close()


_this_thread = threading.local()


def close_with_threads() -> None:
    """From now on, in this process."""
    connection_created.connect(keep, dispatch_uid="close with the thread")


def keep(connection: Any, **kwargs: Any) -> None:
    if connection.vendor != "sqlite" or threading.current_thread() is threading.main_thread():
        return
    if not hasattr(_this_thread, "opened"):
        _this_thread.opened = Opened()
    _this_thread.opened.connections.append(connection.connection)
