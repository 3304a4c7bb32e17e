"""Runs a piece of a test in a forked child, whose other threads are gone."""

import os
import threading
from collections.abc import Callable


def in_a_child(succeeds: Callable[[], object]) -> bool:
    """Whether `succeeds()` is true in a forked process; a child that hangs fails."""
    child = os.fork()
    if not child:
        threading.Timer(20, os._exit, [2]).start()
        code = 1
        try:
            code = 0 if succeeds() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0
