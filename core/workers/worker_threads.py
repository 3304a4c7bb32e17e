"""Keeps one thread of a worker free while the database does not answer.

    page = worker.wait(done.wait, time.monotonic() + 5)

Probes, metrics and pages in memory need a thread but no database. While the database moves, that is
while connections are lent and come back, requests may use every thread of their worker. Once
nothing has moved for STALL seconds, waits are given up, the newest first, until one thread is free.
All waits for the database, and for another thread that may wait for it, go through `wait()`.

A worker learns its number of threads from its server (core/startup/server_threads.py). Where
nobody knows that number (commands, runserver, ASGI) there is no such limit.
"""

import math
import time
from collections.abc import Callable
from threading import get_ident
from typing import TypeVar

from core.workers.per_process import PerProcess, per_process

T = TypeVar("T")
STALL = 0.5  # seconds without a move
AGAIN = 0.25  # seconds between two looks of a wait during a stall


class Worker:
    """The threads of this process that serve requests.

    `requests` are the ids of threads that Django keeps busy, `moved` is the moment
    (time.monotonic) when a connection was last lent in working order or came back in it; 0.0
    without a pool.
    """

    def __init__(self, threads: float = math.inf) -> None:
        self.threads = threads
        self.requests: PerProcess[set[int]] = per_process(set)
        self.moved = 0.0
        # Ids of threads, the oldest wait first.
        self._waits: PerProcess[dict[int, None]] = per_process(dict)
        self._began = self._ended = 0.0  # when waits began after a pause of STALL; the last end

    def is_moving(self) -> bool:
        """Whether the database moved within the last STALL seconds."""
        return time.monotonic() - self.moved < STALL

    def wait(
        self, attempt: Callable[[float], T], deadline: float, since: float | None = None
    ) -> T | None:
        """What `attempt(seconds)` returns, once that is true; it blocks for so long at most.

        None at the deadline (time.monotonic), or earlier if the thread is needed. A wait for
        something else than the database stalls by itself: nothing has moved `since` then.
        """
        thread = get_ident()
        self._join(thread)
        try:
            while (seconds := self._patience(thread, deadline, since)) > 0:
                if answer := attempt(seconds):
                    return answer
        finally:
            self._waits().pop(thread, None)
            self._ended = time.monotonic()
        return None

    def _join(self, thread: int) -> None:
        now = time.monotonic()
        # A stall outlasts the moment between one wait that is given up and the next one.
        if not self._waits() and now - self._ended > STALL:
            self._began = now
        self._waits()[thread] = None

    def _patience(self, thread: int, deadline: float, since: float | None) -> float:
        """Seconds until this wait is looked at again; 0 or less if it ends now."""
        now = time.monotonic()
        left = deadline - now
        moved = max(self.moved, self._began) if self.moved else math.inf
        until_stall = (moved if since is None else since) + STALL - now
        if self.threads == math.inf or until_stall == math.inf:
            return left
        if until_stall > 0:
            return min(left, until_stall)
        return min(left, AGAIN) if self._leaves_one_free(thread) else 0.0

    def _leaves_one_free(self, thread: int) -> bool:
        """Without the waits newer than this one, which end before it does."""
        waits = list(self._waits())
        newer = len(waits) - 1 - waits.index(thread)
        return len(self.requests().union(waits)) - newer < self.threads


worker = Worker()
