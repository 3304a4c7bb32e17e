"""Checks in what a thread has borrowed when it ends (Flask: teardown_appcontext).

Guarantees: it also works for threads that Python has not started (granian's always look alive):
the end of a thread drops its threading.local, and with it the object kept there.
"""

import sys
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakSet

_this_thread = threading.local()


class _Borrowers:
    """The database wrappers that have borrowed in one thread."""

    def __init__(self) -> None:
        self.wrappers: WeakSet[Any] = WeakSet()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            for wrapper in list(self.wrappers):
                with suppress(Exception):  # there is no caller to raise it to
                    wrapper.thread_ended()


def note(wrapper: Any) -> None:
    """Calls `wrapper.thread_ended()` when this thread ends."""
    try:
        _this_thread.borrowers.wrappers.add(wrapper)
    except AttributeError:
        _this_thread.borrowers = _Borrowers()
        _this_thread.borrowers.wrappers.add(wrapper)


def borrowers() -> list[Any]:
    """The wrappers noted in this thread."""
    return list(_this_thread.borrowers.wrappers) if hasattr(_this_thread, "borrowers") else []
