"""Shared by the tests of the link between hosts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django_redis import get_redis_connection

from core.invalidation import broadcast
from core.invalidation.broadcast import CHANNEL, Link
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


def say_written(mask: int) -> None:
    """As another host does."""
    say(f"{OTHER} {mask} {broadcast.new_number()}")


class Ended(BaseException):
    """Ends the thread of a link, which nothing else does."""


@contextmanager
def listening(link: Link) -> Iterator[Link]:
    """The link is up, in a thread of its own."""
    over, receive = threading.Event(), link.next_message

    def receive_or_end(subscription: Any) -> Any:
        if over.is_set():
            raise Ended
        return receive(subscription)

    def listen() -> None:
        with suppress(Ended):
            link.listen()

    link.next_message = receive_or_end  # type: ignore[method-assign]
    thread = threading.Thread(target=listen)
    thread.start()
    try:
        until(lambda: link.is_up)
        yield link
    finally:
        over.set()
        thread.join()
