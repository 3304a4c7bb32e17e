"""What ends an outage: the database itself, and no page that was made without asking it."""

import itertools
import threading
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper

from articles.models import Article
from core.mysql_pool.pool import PoolTimeout
from core.page_cache import database_outage
from tests.core.page_cache.cached_site import Site
from tests.core.page_cache.failing_database import ASKED, UNASKED, Database, until

pytestmark = pytest.mark.django_db(transaction=True)
BEGUN = "The database cannot be asked"
ENDED = "The database answers again."


@pytest.fixture
def asking_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_outage, "REST", 0.0)


def test_page_that_asks_no_database_does_not_end_it(
    site: Site, article: Article, database: Database
) -> None:
    site.get("/")
    database.is_away = True
    site.get("/")
    for number in range(3):
        assert site.get(f"/about/?q={number}").kept == "Inkpool; fwd=miss; stored"
        assert UNASKED.fullmatch(site.get("/").kept)


def test_page_without_a_query_made_anew_in_the_background_does_not_end_it(
    site: Site, article: Article, database: Database, asking_at_once: None
) -> None:
    site.get("/")
    site.get("/about/")
    database.is_away = True
    site.get("/")
    for _ in range(3):
        before = database.refused
        assert UNASKED.fullmatch(site.get("/about/").kept)
        until(lambda before=before: database.refused > before)
        until(lambda: site.cache.outage._state().next < float("inf"))
        assert site.cache.outage.lasts


def test_page_not_in_memory_has_the_database_asked_as_well(
    site: Site, article: Article, database: Database, asking_at_once: None
) -> None:
    database.is_away = True
    site.get("/")
    database.is_away = False
    addresses = map("/?page={}".format, itertools.count(1))
    until(lambda: site.get(next(addresses)) and not site.cache.outage.lasts)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
def test_refresh_that_the_database_answered_ends_it_whatever_its_status(
    site: Site, article: Article, database: Database, asking_at_once: None, status: str
) -> None:
    site.get("/")
    database.is_away = True
    site.get("/")

    class Refused(list[bytes]):
        def close(self) -> None:
            pass

    def refuse(environ: Any, start_response: Any) -> Any:
        start_response(status, [])
        return Refused([b"refused"])

    site.django = refuse  # type: ignore[assignment]
    database.is_away = False
    site.get("/")
    until(lambda: not site.cache.outage.lasts)


def test_outage_that_lasts_is_logged_once(
    site: Site,
    article: Article,
    database: Database,
    asking_at_once: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site.get("/")
    database.is_away = True
    until(lambda: site.get("/") and BEGUN in caplog.text)
    until(lambda: site.get("/") and database.refused > 5)
    database.is_away = False
    until(lambda: site.get("/") and ENDED in caplog.text)
    assert (caplog.text.count(BEGUN), caplog.text.count(ENDED)) == (1, 1)
    assert "pages in memory are shown meanwhile" in caplog.text


def test_with_zero_no_pages_in_memory_are_promised(
    site: Site,
    article: Article,
    database: Database,
    asking_at_once: None,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 0
    database.is_away = True
    until(lambda: site.get("/") and BEGUN in caplog.text)
    assert "in memory" not in caplog.text


def failing_once(monkeypatch: pytest.MonkeyPatch, *, is_busy: bool) -> threading.Event:
    """The first statement meets a pool that is exhausted; the event is set from then on."""
    failed, stock = threading.Event(), CursorWrapper.execute

    def execute(cursor: CursorWrapper, *args: Any, **kwargs: Any) -> Any:
        if failed.is_set():
            return stock(cursor, *args, **kwargs)
        failed.set()
        error = PoolTimeout("pool 'default': 6 of 6 in use; waited 5.0 s")
        error.is_busy = is_busy
        raise error

    monkeypatch.setattr(CursorWrapper, "execute", execute)
    return failed


def test_pool_that_is_busy_is_no_outage(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get("/")
    failing_once(monkeypatch, is_busy=True)
    assert ASKED.fullmatch(site.get("/").kept)  # this visitor was not let in
    assert not site.cache.outage.lasts
    assert site.get("/").kept == "Inkpool; fwd=miss; stored"


def test_single_wait_in_vain_is_not_logged_as_an_outage(
    site: Site,
    article: Article,
    database: Database,
    asking_at_once: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site.get("/")
    failing_once(monkeypatch, is_busy=False)
    assert ASKED.fullmatch(site.get("/").kept)
    assert site.cache.outage.lasts
    until(lambda: site.get("/") and not site.cache.outage.lasts)
    assert BEGUN not in caplog.text
    assert ENDED not in caplog.text
