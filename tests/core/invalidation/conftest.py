"""A link to other hosts that is up, in a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from core.invalidation import broadcast
from core.invalidation.broadcast import Link
from tests.core.invalidation.redis_link import until


class Ended(BaseException):
    """Ends the thread of a link, which nothing else does."""


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """Up, in a thread of its own, and the one of this process."""
    monkeypatch.setattr(broadcast, "PATIENCE", 0.1)
    monkeypatch.setattr(broadcast, "REST", 0.02)
    link, over = Link(), threading.Event()
    monkeypatch.setattr(broadcast, "own_link", lambda: link)
    receive = link.next_message

    def receive_or_end(subscription: Any) -> Any:
        if over.is_set():
            raise Ended
        return receive(subscription)

    def listen() -> None:
        with suppress(Ended):
            link.listen()

    monkeypatch.setattr(link, "next_message", receive_or_end)
    thread = threading.Thread(target=listen)
    thread.start()
    try:
        until(lambda: link.is_up)
        yield link
    finally:
        over.set()
        thread.join()
