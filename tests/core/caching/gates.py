"""Functions that count their calls, and how a test waits for other threads."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

WAIT = 20  # seconds: no test takes so long unless it fails
Waiting = Callable[[int], Callable[[], bool]]
on_redis = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on Redis"
)


class Counted:
    """A function that returns how often it was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *call: Any) -> int:
        self.calls.append(call)
        return len(self.calls)


class Gate:
    """Counts its calls; each of them waits until `opened` is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        self.entered.set()
        assert self.opened.wait(WAIT)
        return number


def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition()` is true."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)
