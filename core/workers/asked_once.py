"""Runs a slow query once at a time for all requests of a worker that want its answer.

    @asked_once(unanswered={"database": "away"})
    def database_state() -> dict[str, str]: ...

    database, redis = answers(database_state, redis_state)      both are asked at the same time

The question runs in a thread of its own, so a request that must stop waiting (see
core/workers/worker_threads.py) gets the last known answer, or `unanswered` if there is none yet.
An error of the question is raised in each request that waits for it. Threads share an answer, so a
request must not change it.
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


class Asking(Generic[T]):
    """A question that is running, and the moment (time.monotonic) at which it began."""

    def __init__(self) -> None:
        self.answer: Future[T] = Future()
        self.since = time.monotonic()

    def wait(self) -> bool:
        """Whether it is answered within PATIENCE since its beginning."""
        deadline = self.since + PATIENCE
        worker.wait(lambda seconds: wait([self.answer], seconds).done, deadline, self.since)
        return self.answer.done()


class Turn(Generic[T]):
    """The running question of this process, if there is one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asking: Asking[T] | None = None


class AskedOnce(Generic[T]):
    def __init__(self, question: Callable[[], T], unanswered: T) -> None:
        self.question, self.last = question, unanswered
        self._turn: PerProcess[Turn[T]] = per_process(Turn)
        update_wrapper(self, question)

    def __call__(self) -> T:
        return self.answer_of(self.join())

    def join(self) -> Asking[T]:
        """The running question, or a new one."""
        turn = self._turn()
        with turn.lock:
            if turn.asking is not None:
                return turn.asking
            asking = turn.asking = Asking()
        self._begin(asking)
        return asking

    def answer_of(self, asking: Asking[T]) -> T:
        return asking.answer.result() if asking.wait() else self.last

    def _begin(self, asking: Asking[T]) -> None:
        try:
            threading.Thread(target=self._ask, args=[asking], daemon=True).start()
        except RuntimeError:  # no thread can be started, so this one runs it
            self._ask(asking)

    def _ask(self, asking: Asking[T]) -> None:
        try:
            answer = self.question()
        except BaseException as error:
            self._end()
            asking.answer.set_exception(error)
        else:
            self.last = answer
            self._end()
            asking.answer.set_result(answer)

    def _end(self) -> None:
        turn = self._turn()
        with turn.lock:
            turn.asking = None


def asked_once(unanswered: T) -> Callable[[Callable[[], T]], AskedOnce[T]]:
    return lambda question: AskedOnce(question, unanswered)


def answers(*questions: AskedOnce[T]) -> list[T]:
    """The answers to questions that run at the same time."""
    running = [(each, each.join()) for each in questions]
    return [each.answer_of(asking) for each, asking in running]
