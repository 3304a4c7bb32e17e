"""Bounds the pictures that a process decodes at the same time: each takes CPU time and memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 1  # at the same time in a process; each may take 500 MB
WAIT = 10.0  # seconds


class Busy(Exception):  # noqa: N818 - a state of the process, not an error
    """Other pictures are being decoded, and were not ready within WAIT."""


class DecodingSlots:
    def __init__(self) -> None:
        self.free = threading.BoundedSemaphore(MOST)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Busy after WAIT."""
        if not self.free.acquire(timeout=WAIT):
            raise Busy
        try:
            yield
        finally:
            self.free.release()
