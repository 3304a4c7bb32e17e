"""Dates on pages and in feeds: days of the site's time zone, and the same times in each."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import make_article

pytestmark = pytest.mark.django_db
EARLY = datetime(2025, 2, 28, 22, tzinfo=UTC)  # in Shanghai and Kolkata the next day


@pytest.mark.parametrize(
    ("zone", "stamp", "day"),
    [
        ("UTC", "2025-02-28T22:00:00+00:00", "Feb. 28, 2025"),
        ("Asia/Shanghai", "2025-03-01T06:00:00+08:00", "March 1, 2025"),
        ("Asia/Kolkata", "2025-03-01T03:30:00+05:30", "March 1, 2025"),
        ("America/New_York", "2025-02-28T17:00:00-05:00", "Feb. 28, 2025"),
    ],
)
def test_pages_show_the_day_of_the_zone_and_the_exact_moment(
    client: Client, alice: User, settings: Any, zone: str, stamp: str, day: str
) -> None:
    settings.TIME_ZONE = zone
    article = make_article(alice, publish_at=EARLY)
    for path in ("/", "/articles", "/authors/alice_writes/", article.get_absolute_url()):
        page = client.get(path, headers={"accept": "text/html"}).content.decode()
        assert f'<time datetime="{stamp}">{day}</time>' in page, path
    assert f'property="article:published_time" content="{stamp}"' in page


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("path", ["/feeds/rss/", "/feeds/atom/"])
def test_feeds_have_the_same_times_and_ids_in_every_zone(
    client: Client, alice: User, settings: Any, zone: str, path: str
) -> None:
    article = make_article(alice, publish_at=EARLY)
    before = feedparser.parse(client.get(path).content).entries[0].id
    settings.TIME_ZONE = zone
    entry = feedparser.parse(client.get(path).content).entries[0]
    assert entry.published_parsed[:5] == (2025, 2, 28, 22, 0)
    assert entry.id == before
    article.refresh_from_db()
    assert article.publish_at == EARLY


@pytest.mark.parametrize(
    ("language", "zone", "named"),
    [
        ("en", "Asia/Shanghai", r"before .+ \(Asia/Shanghai, UTC\+08:00\)\."),
        ("zh-hans", "Asia/Shanghai", r"（Asia/Shanghai, UTC\+08:00）之前只有您和团队能看到。"),
        ("en", "UTC", r"before .+ \(UTC\)\."),
    ],
)
def test_owner_bar_names_time_and_zone_of_publication(
    alice_client: Client, alice: User, settings: Any, language: str, zone: str, named: str
) -> None:
    settings.TIME_ZONE = zone
    article = make_article(alice, publish_at=timezone.now() + timedelta(days=3))
    answer = alice_client.get(article.get_absolute_url(), headers={"accept-language": language})
    assert re.search(named, answer.content.decode())


def test_scheduled_article_appears_at_the_moment_that_was_typed_in_the_zone(
    dana_client: Client, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    due = timezone.localtime(timezone.now() + timedelta(hours=2))
    form = {"title": "T", "body": "Text.", "status": "published", "author": alice.pk}
    form |= {"publish_at_0": f"{due:%Y-%m-%d}", "publish_at_1": f"{due:%H:%M:%S}"}
    assert dana_client.post("/admin/articles/article/add/", form).status_code == 302
    article = alice.articles.get()
    assert article.publish_at == due.replace(microsecond=0)
    assert Client().get(article.get_absolute_url()).status_code == 404
