"""A link to other hosts that is up, in a thread of its own."""

from collections.abc import Iterator

import pytest

from core.invalidation import broadcast
from core.invalidation.broadcast import Link
from tests.core.invalidation.redis_link import listening


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """Up, in a thread of its own, and the one of this process."""
    monkeypatch.setattr(broadcast, "PATIENCE", 0.1)
    monkeypatch.setattr(broadcast, "REST", 0.02)
    monkeypatch.setattr(broadcast, "ANSWER", 0.02)
    link = Link()
    monkeypatch.setattr(broadcast, "own_link", lambda: link)
    with listening(link):
        yield link
