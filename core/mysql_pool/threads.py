"""A thread that ends gives back what it has borrowed (Flask: teardown_appcontext).

Promises: it works for threads that Python did not start (granian's look alive for ever): the
end of a thread drops its threading.local, and with it the object kept there.
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
                with suppress(Exception):  # nobody is left to hear of it
                    wrapper.thread_ended()


def remember(wrapper: Any) -> None:
    try:
        _this_thread.borrowers.wrappers.add(wrapper)
    except AttributeError:
        _this_thread.borrowers = _Borrowers()
        _this_thread.borrowers.wrappers.add(wrapper)


def borrowers() -> list[Any]:
    return list(_this_thread.borrowers.wrappers) if hasattr(_this_thread, "borrowers") else []
