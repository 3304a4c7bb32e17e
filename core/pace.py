"""When a Redis is too slow to be worth asking (Flask-Caching: the socket's timeout, each time).

    pace = Pace("late", ping)
    with pace.guard(): ...            raises CacheAway while answers are late

Promises: late answers in a row cost a process half a second and what the last of them takes, then
none is waited for until a thread in the background has one in time. Only for what the database
knows too: who needs the answer itself waits. A failure is the business of the cache's own breaker.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.redis_cache import Breaker, CacheAway

LATE = 0.25  # seconds: the database would have answered
ENOUGH = 0.5  # seconds that late answers in a row may cost


class Pace(Breaker):
    def __init__(self, label: str, ping: Callable[[], object]) -> None:
        super().__init__(label, ping)
        self.lost = 0.0  # seconds, by late answers since the last one in time

    @contextmanager
    def guard(self) -> Iterator[None]:
        if self.is_open:
            raise CacheAway("Redis is slow; it is asked again in the background")
        start = time.monotonic()
        yield
        took = time.monotonic() - start
        self.lost = self.lost + took if took > LATE else 0.0
        if self.lost > ENOUGH:
            self.lost = 0.0
            self.open()

    def _answers(self) -> bool:
        start = time.monotonic()
        return super()._answers() and time.monotonic() - start <= LATE
