"""Pages in memory, and a database that can be switched off."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.invalidation import broadcast, checked_memory
from core.page_cache import database_outage
from core.page_cache.common_pages import commons
from tests.core.page_cache.failing_database import Database


@pytest.fixture
def kept_in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The caches of pages are on, as in a server, and empty."""
    settings.INKPOOL_PAGE_CACHE = True
    monkeypatch.setattr(broadcast, "is_up", lambda: True)  # a server hears the other hosts
    commons.clear()
    yield
    commons.clear()


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Nothing in memory stays fresh, and no second call asks the database again."""
    monkeypatch.setattr(checked_memory, "age", lambda: 0.0)
    monkeypatch.setattr(database_outage, "REST", 3600.0)
    database = Database(monkeypatch)
    yield database
    database.released.set()
