"""When a kept value expires that is made of other kept values: not later than any of them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

AGE = 60.0  # seconds after which a write of another program shows
_ends: ContextVar[list[float]] = ContextVar("ends")  # one number, which tasks share by reference


class Horizon:
    """When the value expires that is being made (monotonic seconds). Each thread and each task has
    its own; the tasks and threads that a task starts for its value share it."""

    @property
    def until(self) -> float:
        return _ends.get([math.inf])[0]


horizon = Horizon()


@contextmanager
def expiring_at(until: float) -> Iterator[None]:
    """A value is made in this block. Before its end horizon.until says when it expires: at `until`,
    or earlier with a value that it is made of; else the ages of page, part and row would add up."""
    token = _ends.set([until])
    try:
        yield
    finally:
        until = horizon.until
        _ends.reset(token)
        expire_by(until)


def expire_by(until: float) -> None:
    """A kept value that expires at `until` is used in the one that is being made here."""
    end = _ends.get([math.inf])
    end[0] = min(end[0], until)
