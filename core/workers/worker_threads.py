"""Keeps one thread of a worker free while the database does not answer.

    page = worker.wait(done.wait, time.monotonic() + 5)

Probes, metrics and pages in memory need a thread but no database. While connections are checked out
and returned, requests may use every thread of their worker. Once none was for STALL seconds, waits
end, the newest first, until one thread is free. All waits for the database, and for another thread
that may wait for it, go through `wait()`.

The number of threads comes from the server (core/startup/server_threads.py). Where it is unknown
(commands, runserver, ASGI) there is no such limit.
"""

import math
import time
from collections.abc import Callable
from threading import get_ident
from typing import TypeVar

from core.workers.per_process import PerProcess, per_process

T = TypeVar("T")
STALL = 0.5  # seconds in which no connection is checked out or returned
AGAIN = 0.25  # seconds between two checks of a wait during a stall


class Worker:
    """The threads of this process that serve requests.

    `requests` are the ids of threads in which Django handles a request, `moved` is the moment
    (time.monotonic) at which a working connection was last checked out or returned; 0.0 without a
    pool.
    """

    def __init__(self, threads: float = math.inf) -> None:
        self.threads = threads
        self.requests: PerProcess[set[int]] = per_process(set)
        self.moved = 0.0
        # Ids of threads, the oldest wait first.
        self._waits: PerProcess[dict[int, None]] = per_process(dict)
        self._began = self._ended = (
            0.0  # the first wait after a pause of STALL; the last end of a wait
        )

    def is_moving(self) -> bool:
        """Whether a connection was checked out or returned within the last STALL seconds."""
        return time.monotonic() - self.moved < STALL

    def wait(
        self, attempt: Callable[[float], T], deadline: float, since: float | None = None
    ) -> T | None:
        """Calls `attempt(seconds)`, which blocks for at most so long, until its value is true.

        Returns that value; None at the deadline (time.monotonic), or earlier if the thread is
        needed. A wait for something else than the database stalls STALL seconds after `since`.
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

    def sleep(self, pause: float) -> bool:
        """Sleep for `pause` seconds. False if the thread is needed, and must not wait longer."""

        def sleep(seconds: float) -> bool:
            time.sleep(pause)
            return True

        # A second more: a busy machine may stop this thread on the way into wait().
        return bool(self.wait(sleep, time.monotonic() + pause + 1))

    def _join(self, thread: int) -> None:
        now = time.monotonic()
        # A stall lasts on between the end of one wait and the beginning of the next one.
        if not self._waits() and now - self._ended > STALL:
            self._began = now
        self._waits()[thread] = None

    def _patience(self, thread: int, deadline: float, since: float | None) -> float:
        """Seconds until this wait is checked again; 0 or less if it ends now."""
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
        """Whether a thread is free, not counting waits newer than this one, which end first."""
        waits = list(self._waits())
        newer = len(waits) - 1 - waits.index(thread)
        return len(self.requests().union(waits)) - newer < self.threads


worker = Worker()
