"""Asks a slow question once at a time for all requests of a worker that want the answer.

    @asked_once(unanswered={"database": "away"})
    def database_state() -> dict[str, str]: ...

The question runs in a thread of its own, so a request that cannot wait any longer (see
core/worker_threads.py) gets the last known answer, or `unanswered` if there is none yet.
An error of the question is raised in every request that waits for it.
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import update_wrapper
from typing import Generic, TypeVar

from core.worker_threads import worker

T = TypeVar("T")
PATIENCE = 5.0  # seconds


class AskedOnce(Generic[T]):
    def __init__(self, question: Callable[[], T], unanswered: T) -> None:
        self.question, self.last = question, unanswered
        self._forked()
        os.register_at_fork(after_in_child=self._forked)
        update_wrapper(self, question)

    def _forked(self) -> None:
        """The parent's thread that asks does not exist in the child."""
        self._lock = threading.Lock()
        self._asking: Future[T] | None = None

    def __call__(self) -> T:
        asking = self._join()
        worker.wait(lambda seconds: wait([asking], seconds).done, time.monotonic() + PATIENCE)
        return asking.result() if asking.done() else self.last

    def _join(self) -> "Future[T]":
        with self._lock:
            if self._asking is None:
                self._asking = Future()
                threading.Thread(target=self._ask, args=[self._asking], daemon=True).start()
            return self._asking

    def _ask(self, asking: "Future[T]") -> None:
        try:
            answer = self.question()
        except BaseException as error:
            self._end()
            asking.set_exception(error)
        else:
            self.last = answer
            self._end()
            asking.set_result(answer)

    def _end(self) -> None:
        with self._lock:
            self._asking = None


def asked_once(unanswered: T) -> Callable[[Callable[[], T]], AskedOnce[T]]:
    return lambda question: AskedOnce(question, unanswered)
