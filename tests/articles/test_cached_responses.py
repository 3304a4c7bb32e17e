"""Tag counts, archive months, feeds and sitemaps are computed once until something is written."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.archive import Month, months
from articles.models import Article, Tag
from articles.tag_counts import tags_in_use
from core.invalidation import broadcast
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)
ANSWERS = [
    "/feeds/atom/",
    "/feeds/rss/authors/alice_writes/",
    "/feeds/rss/tags/mysql/",
    "/sitemap.xml",
    "/sitemap-articles.xml",
]


@pytest.fixture(autouse=True)
def hears_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a server; without the link to other hosts a result holds for a second."""
    monkeypatch.setattr(broadcast, "is_up", lambda: True)


@pytest.fixture
def alice(alice: User) -> User:
    make_article(alice, title="First").tags.add(Tag.objects.create(name="MySQL"))
    return alice


def get(path: str) -> Any:
    return Client().get(path)


@pytest.mark.parametrize("path", ANSWERS)
def test_second_visitor_gets_the_cached_response(
    path: str, alice: User, django_assert_num_queries: Any
) -> None:
    first = get(path)
    assert first.status_code == 200
    with django_assert_num_queries(0):
        second = get(path)
    assert (second.content, second["Content-Type"]) == (first.content, first["Content-Type"])


@pytest.mark.parametrize("path", ANSWERS)
def test_write_shows_in_the_next_answer(path: str, alice: User) -> None:
    before = get(path).content
    article = make_article(alice, title="Second", updated_at=timezone.now())
    article.tags.add(Tag.objects.get())
    User.objects.filter(pk=alice.pk).update(display_name="Alice Adams")
    after = get(path).content
    assert after != before or path == "/sitemap.xml"
    assert after == get(f"{path}?p=1").content


def test_scheduled_article_appears_in_a_kept_feed_when_it_is_due(alice: User) -> None:
    due = timezone.now() + timedelta(seconds=1)
    make_article(alice, title="Scheduled", publish_at=due)
    paths = ("/feeds/atom/", "/sitemap-articles.xml")
    assert not any(b"scheduled" in get(path).content.lower() for path in paths)
    while timezone.now() <= due:
        time.sleep(0.01)
    assert all(b"scheduled" in get(path).content.lower() for path in paths)


def test_sitemap_has_the_days_of_the_zone_after_it_was_changed(alice: User, settings: Any) -> None:
    Article.objects.update(updated_at=datetime(2026, 2, 28, 22, tzinfo=UTC))
    shown = {}
    for zone in ("UTC", "Asia/Shanghai", "UTC"):
        settings.TIME_ZONE = zone
        shown[zone] = get("/sitemap-articles.xml").content
    assert b"<lastmod>2026-02-28</lastmod>" in shown["UTC"]
    assert b"<lastmod>2026-03-01</lastmod>" in shown["Asia/Shanghai"]


def test_signed_in_reader_is_given_no_shared_answer(alice_client: Client) -> None:
    get("/feeds/atom/")
    assert "Cache-Status" not in alice_client.get("/feeds/atom/")


def test_query_of_a_sitemap_counts_by_its_page_alone(
    alice: User, django_assert_num_queries: Any
) -> None:
    get("/sitemap-tags.xml")
    with django_assert_num_queries(0):
        get("/sitemap-tags.xml?utm_source=x")
    assert get("/sitemap-tags.xml?p=2").status_code == 404


def test_tags_in_use_are_counted_once_until_a_write(
    alice: User, django_assert_num_queries: Any
) -> None:
    tags_in_use()
    with django_assert_num_queries(0):
        (tag,) = tags_in_use()
    assert (tag.name, tag.uses, tag.get_absolute_url()) == ("MySQL", 1, "/tags/mysql/")  # type: ignore[attr-defined]
    make_article(alice).tags.add(tag)
    assert [each.uses for each in tags_in_use()] == [2]  # type: ignore[attr-defined]


def test_months_are_counted_once_in_each_time_zone_until_a_write(
    in_utc: None, django_assert_num_queries: Any
) -> None:
    alice = make_user("alice_writes")
    make_article(alice, publish_at=datetime(2025, 1, 31, 20, tzinfo=UTC))
    first = months()
    with django_assert_num_queries(0):
        assert months() == first == [Month(date(2025, 1, 1), 1)]
    with timezone.override("Asia/Shanghai"):
        assert months() == [Month(date(2025, 2, 1), 1)]
    make_article(alice, publish_at=datetime(2025, 1, 30, tzinfo=UTC))
    assert months() == [Month(date(2025, 1, 1), 2)]
