"""Pages past their time, shown to anonymous visitors while the database cannot be asked."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from core.invalidation import checked_memory
from core.invalidation.generations import generations
from core.page_cache import database_outage
from tests.core.page_cache.cached_site import Answer, Site
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = re.compile(r"Inkpool; fwd=stale; fwd-status=503; ttl=-\d+; detail=stale-if-error")
UNASKED = re.compile(r"Inkpool; hit; ttl=-\d+; detail=stale-if-error")


class Database:
    """Switches every statement off and on; counts those that failed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away, self.refused = False, 0
        self.released = threading.Event()
        self.released.set()
        stock: Any = CursorWrapper.execute

        def execute(cursor: CursorWrapper, *args: Any, **kwargs: Any) -> Any:
            if self.is_away:
                self.refused += 1
                self.released.wait(20)
                raise OperationalError(2002, "Can't connect to server")
            return stock(cursor, *args, **kwargs)

        monkeypatch.setattr(CursorWrapper, "execute", execute)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Nothing in memory stays fresh, and no second call asks the database again."""
    monkeypatch.setattr(checked_memory, "age", lambda: 0.0)
    monkeypatch.setattr(database_outage, "REST", 3600.0)
    database = Database(monkeypatch)
    yield database
    database.released.set()


def until(true: Callable[[], object]) -> None:
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)


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


def test_write_known_here_ends_it(site: Site, article: Article, database: Database) -> None:
    site.get()
    Article.objects.update(title="The second one")
    database.is_away = True
    assert site.get().status == 503


def test_write_under_way_suspends_it(site: Site, article: Article, database: Database) -> None:
    """Its commit may have been done already."""
    site.get()
    database.is_away = True
    mark = generations().begin(generations().mask(["users"]))
    assert site.get().status == 503
    generations().forget(mark)
    assert site.get().status == 200


def test_write_that_never_reached_the_database_does_not_end_it(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get()
    database.is_away = True

    def refuse(*args: Any) -> None:
        raise OperationalError(2002, "Can't connect to server")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refuse)
        with pytest.raises(OperationalError):
            Article.objects.filter(pk=article.pk).update(title="Lost")
    assert site.get().status == 200


def test_zero_switches_it_off_after_a_broken_link_as_well(
    site: Site, article: Article, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 0
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    site.get()
    generations().bump_link()
    database.is_away = True
    assert site.get().status == 503


def test_time_of_a_page_ends_with_the_link_to_other_hosts(
    site: Site, article: Article, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 600
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    site.get()
    generations().bump_link()
    database.is_away = True
    stale = site.get()
    left = re.fullmatch(r"max-age=0, stale-if-error=(\d+)", stale.headers["Cache-Control"])
    assert left and 590 < int(left[1]) <= 600
    assert re.search(r"ttl=(0|-\d+);", stale.kept)


def test_broken_link_to_other_hosts_does_not_end_it(
    site: Site, article: Article, database: Database
) -> None:
    """What is kept holds no longer, but nothing is known to be written."""
    site.get()
    generations().bump_link()
    assert not site.get().is_hit
    generations().bump_link()
    database.is_away = True
    assert site.get().status == 200


def test_article_that_becomes_due_appears_after_the_outage(
    site: Site, alice: User, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    due = timezone.now() + timedelta(seconds=0.3)
    make_article(alice, title="Due soon", publish_at=due)
    site.get()
    database.is_away = True
    until(lambda: timezone.now() > due)
    stale = site.get()
    assert (stale.status, b"Due soon" in stale.body) == (200, False)
    database.is_away = False
    site.cache.outage.end()
    assert b"Due soon" in site.get().body


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


def test_database_that_is_back_is_noticed_without_a_visitor_who_waits(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_outage, "REST", 0.02)
    site.get()
    database.is_away = True
    site.get()
    until(lambda: site.get() and database.refused > 2)
    database.is_away = False
    until(lambda: site.get() and not site.cache.outage.lasts)
    assert site.get().kept == "Inkpool; fwd=miss; stored"


def test_one_thread_asks_a_frozen_database_and_no_request_waits_for_it(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_outage, "REST", 0.0)
    site.get()
    database.is_away = True
    site.get()
    database.released.clear()
    before = database.refused
    begun = time.monotonic()
    for _ in range(50):
        assert UNASKED.fullmatch(site.get().kept)
    assert time.monotonic() - begun < 5
    until(lambda: database.refused == before + 1)
    assert database.refused == before + 1
    database.is_away = False


def test_those_who_wait_for_a_page_are_shown_the_old_one_once_another_fails(
    site: Site, article: Article, database: Database
) -> None:
    site.get("/")
    database.is_away = True
    database.released.clear()
    answers: list[Answer] = []
    visitors = [threading.Thread(target=lambda: answers.append(site.get("/"))) for _ in range(3)]
    for each in visitors:
        each.start()
    until(lambda: database.refused and site.cache._fills())
    site.cache._begin_outage()  # as for another page
    until(lambda: len(answers) == 2)  # the first one waits for the database still
    assert all(UNASKED.fullmatch(each.kept) for each in answers)
    database.released.set()
    for each in visitors:
        each.join()
    assert ASKED.fullmatch(answers[2].kept)


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
