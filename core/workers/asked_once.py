"""Asks a slow question once at a time for all requests of a worker that want the answer.

    @asked_once(unanswered={"database": "away"})
    def database_state() -> dict[str, str]: ...

The question runs in a thread of its own, so a request that cannot wait any longer (see
core/workers/worker_threads.py) gets the last known answer, or `unanswered` if there is none yet.
An error of the question is raised in every request that waits for it.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import update_wrapper
from typing import Generic, TypeVar

from core.workers.per_process import PerProcess, per_process
from core.workers.worker_threads import worker

T = TypeVar("T")
PATIENCE = 5.0  # seconds


class Turn(Generic[T]):
    """The question that a thread of this process is asking, if one is."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asking: Future[T] | None = None


class AskedOnce(Generic[T]):
    def __init__(self, question: Callable[[], T], unanswered: T) -> None:
        self.question, self.last = question, unanswered
        self._turn: PerProcess[Turn[T]] = per_process(Turn)
        update_wrapper(self, question)

    def __call__(self) -> T:
        asking = self._join()
        worker.wait(lambda seconds: wait([asking], seconds).done, time.monotonic() + PATIENCE)
        return asking.result() if asking.done() else self.last

    def _join(self) -> "Future[T]":
        turn = self._turn()
        with turn.lock:
            if turn.asking is None:
                turn.asking = Future()
                threading.Thread(target=self._ask, args=[turn.asking], daemon=True).start()
            return turn.asking

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
        turn = self._turn()
        with turn.lock:
            turn.asking = None


def asked_once(unanswered: T) -> Callable[[Callable[[], T]], AskedOnce[T]]:
    return lambda question: AskedOnce(question, unanswered)
