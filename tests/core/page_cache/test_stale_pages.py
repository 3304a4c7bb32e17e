"""Pages past their time, shown to anonymous visitors while the database cannot be asked."""

import re
import time
from typing import Any

import pytest
from django.test import Client

from articles.models import Article
from tests.core.page_cache.cached_site import Site
from tests.core.page_cache.failing_database import ASKED, UNASKED, Database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/", "/articles", "/article", "/feeds/atom/", "/sitemap.xml"])
def test_page_survives_an_outage(
    site: Site, article: Article, database: Database, path: str
) -> None:
    fresh = site.get(path)
    database.is_away = True
    first, second = site.get(path), site.get(path)
    assert ASKED.fullmatch(first.kept)
    assert UNASKED.fullmatch(second.kept)
    for answer in (first, second):
        assert (answer.status, answer.body) == (200, fresh.body)
        assert answer.headers["ETag"] == fresh.headers["ETag"]
    assert site.calls == 2  # the second visitor did not wait


def test_page_is_asked_for_anew_as_long_as_the_database_answers(
    site: Site, article: Article, database: Database
) -> None:
    assert [site.get().kept for _ in range(2)] == ["Inkpool; fwd=miss; stored"] * 2


def test_page_without_a_copy_in_memory_is_a_503(
    site: Site, article: Article, database: Database
) -> None:
    site.get("/")
    database.is_away = True
    for path in ("/authors/alice_writes/", "/?page=2", "/"):
        answer = site.get(path)
        assert (answer.status, bool(answer.kept)) == ((200, True) if path == "/" else (503, False))


def test_head_etag_and_gzip_are_as_for_a_fresh_page(
    site: Site, article: Article, database: Database
) -> None:
    fresh = {coding: site.get(HTTP_ACCEPT_ENCODING=coding) for coding in ("gzip", "identity")}
    database.is_away = True
    site.get()
    for coding, before in fresh.items():
        stale = site.get(HTTP_ACCEPT_ENCODING=coding)
        assert UNASKED.fullmatch(stale.kept)
        assert stale.body == before.body
        left_out = {"Cache-Status", "Cache-Control"}
        assert stale.headers.keys() - left_out == before.headers.keys() - left_out
        known = site.get(HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=before.headers["ETag"])
        assert (known.status, known.body) == (304, b"")
        head = site.get(method="HEAD", HTTP_ACCEPT_ENCODING=coding)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(before.body))
        assert UNASKED.fullmatch(known.kept) and UNASKED.fullmatch(head.kept)


def test_proxies_may_show_a_page_no_longer_than_this_site_does(
    site: Site, article: Article, database: Database, settings: Any
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 600
    assert site.get().headers["Cache-Control"] == "max-age=0, stale-if-error=600"
    database.is_away = True
    left = re.fullmatch(r"max-age=0, stale-if-error=(\d+)", site.get().headers["Cache-Control"])
    assert left and 590 < int(left[1]) < 600


def test_zero_switches_it_off(
    site: Site, article: Article, database: Database, settings: Any
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 0
    assert site.get().headers["Cache-Control"] == "no-cache"
    database.is_away = True
    assert site.get().status == 503


def test_page_is_shown_for_so_long_and_no_longer(
    site: Site, article: Article, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 60
    site.get()
    database.is_away = True
    now = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr("core.page_cache.entries.time.monotonic", lambda: now + 59)
        assert site.get().status == 200
        patch.setattr("core.page_cache.entries.time.monotonic", lambda: now + 61)
        assert site.get().status == 503


def test_other_failures_show_no_old_page(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get()
    client = site.django

    def broken(environ: Any, start_response: Any) -> list[bytes]:
        start_response("500 Internal Server Error", [])
        return [b"broken"]

    site.django = broken  # type: ignore[assignment]
    assert (site.get().status, site.get().body) == (500, b"broken")
    site.django = client


def test_people_who_are_signed_in_are_shown_no_old_page(
    site: Site, article: Article, database: Database, client: Client
) -> None:
    site.get()
    client.force_login(article.author)
    cookie = client.cookies["sessionid"].OutputString().split(";")[0]
    database.is_away = True
    site.get()
    assert site.get(HTTP_COOKIE=cookie).status == 503


def test_stale_answers_are_counted(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(site.cache, "count", counted.append)
    site.get()
    database.is_away = True
    site.get()
    site.get()
    assert counted.count("stale") == 2
