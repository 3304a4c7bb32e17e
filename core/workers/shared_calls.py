"""Runs a slow function once at a time for all requests of a worker that want its result.

    @shared_call(fallback={"database": "away"})
    def database_state() -> dict[str, str]: ...

    database, redis = results(database_state, redis_state)      both run at the same time

The function runs in a thread of its own, so a request that must stop waiting (see
core/workers/worker_threads.py) gets the result of the run before, or `fallback` if there was none.
An error of the function is raised in each request that waits for this run. Threads share a result,
so a request must not change it.
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
TIMEOUT = 5.0  # seconds


class Run(Generic[T]):
    """One execution of the function; `started` in seconds of time.monotonic()."""

    def __init__(self) -> None:
        self.result: Future[T] = Future()
        self.started = time.monotonic()

    def wait(self) -> bool:
        """Whether it ends within TIMEOUT of its start."""
        deadline = self.started + TIMEOUT
        worker.wait(lambda seconds: wait([self.result], seconds).done, deadline, self.started)
        return self.result.done()


class SharedCall(Generic[T]):
    def __init__(self, function: Callable[[], T], fallback: T) -> None:
        self.function, self.last = function, fallback
        self._running: PerProcess[dict[str, Run[T]]] = per_process(dict)  # one at most
        update_wrapper(self, function)

    def __call__(self) -> T:
        return self.result_of(self.join())

    def join(self) -> Run[T]:
        """The run in progress, or a new one."""
        new: Run[T] = Run()
        run = self._running().setdefault("run", new)  # atomic, so that one of all threads starts it
        if run is new:
            self._start(run)
        return run

    def result_of(self, run: Run[T]) -> T:
        return run.result.result() if run.wait() else self.last

    def _start(self, run: Run[T]) -> None:
        try:
            threading.Thread(target=self._execute, args=[run], daemon=True).start()
        except RuntimeError:  # no thread can be started, so this one runs it
            self._execute(run)

    def _execute(self, run: Run[T]) -> None:
        try:
            result = self.function()
        except BaseException as error:
            self._running().clear()
            run.result.set_exception(error)
        else:
            self.last = result
            self._running().clear()
            run.result.set_result(result)


def shared_call(fallback: T) -> Callable[[Callable[[], T]], SharedCall[T]]:
    return lambda function: SharedCall(function, fallback)


def results(*calls: SharedCall[T]) -> list[T]:
    """The results of functions that run at the same time."""
    running = [(each, each.join()) for each in calls]
    return [each.result_of(run) for each, run in running]
