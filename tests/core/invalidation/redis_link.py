"""Shared by the tests of the link between hosts."""

import time
from collections.abc import Callable
from typing import Any

from django_redis import get_redis_connection

from core.invalidation.broadcast import CHANNEL
from core.invalidation.generations import generations

OTHER = 4242  # the number of another host


def until(true: Callable[[], object], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)


def now() -> bytes:
    return generations().stamp()


def redis() -> Any:
    return get_redis_connection("default")


def say(text: str) -> None:
    redis().publish(CHANNEL, text)
