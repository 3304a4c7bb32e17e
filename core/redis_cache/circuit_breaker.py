"""A circuit breaker: after one failure no caller waits for a Redis that is away.

While it is open a call raises CacheAway at once, and one thread of the process asks Redis every
half second until it answers. Each failure is counted by its kind (core.failures.redis_faults), in
`numbers` if they are given.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, current_thread
from typing import Protocol

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.failures.redis_faults import fault
from core.workers.per_process import PerProcess, per_process

PAUSE = 0.5  # seconds between two questions whether a Redis is back
AWAY = (RedisConnectionError, RedisTimeoutError)


class CacheAway(RedisConnectionError):  # noqa: N818
    """Redis did not answer a moment ago, and is not asked for a while."""


class Numbers(Protocol):
    """Counts the failures by kind, and the transitions to "away"; `is_open` is a gauge."""

    def add(self, name: str) -> None:
        return

    def set(self, *, is_open: bool) -> None:
        return


class Uncounted(Numbers):
    """Counts nothing."""


class Breaker:
    """`ping` asks Redis and raises as it does. `drop` closes idle connections: after a switch-over
    they lead to a server that is now a replica, and new ones to the primary."""

    def __init__(
        self,
        ping: Callable[[], object],
        drop: Callable[[], object],
        numbers: Numbers = Uncounted(),  # noqa: B008  (it has no state)
    ) -> None:
        self.ping, self.drop, self.numbers = ping, drop, numbers
        self._asking: PerProcess[dict[str, Thread]] = per_process(dict)  # one, while it is open

    @property
    def is_open(self) -> bool:
        return bool(self._asking())

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run a block that asks Redis. Raises CacheAway while the breaker is open."""
        if self.is_open:
            raise CacheAway("Redis did not answer; it is asked again in the background")
        try:
            yield
        except RedisError as error:
            self.failed(error)
            raise

    def failed(self, error: RedisError) -> None:
        """Count a failure, and open if Redis did not answer."""
        found = fault(error)
        if found:
            self.numbers.add(found)
        if found == "readonly":
            self.drop()
        if isinstance(error, AWAY):
            self.open()

    def open(self) -> None:
        self.numbers.add("away")
        thread = Thread(target=self._ask_until_back, name="breaker", daemon=True)
        if self._asking().setdefault("thread", thread) is not thread:
            return  # another call has failed too
        self.numbers.set(is_open=True)
        try:
            thread.start()
        except RuntimeError:  # the process may start no more threads: each call asks for itself
            self.close()

    def close(self) -> None:
        self._asking().clear()
        self.numbers.set(is_open=False)

    def _ask_until_back(self) -> None:
        while True:
            time.sleep(PAUSE)
            if self._asking().get("thread") is not current_thread():
                return
            if self._answers():
                self.close()

    def _answers(self) -> bool:
        try:
            self.ping()
        except Exception as error:  # any other is raised again by the next call
            return not isinstance(error, AWAY)
        return True
