"""Times in the admin: typed, shown and filtered in the site's time zone, which is named."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles.models import Article
from tests.factories import make_article

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"
ADD = "/admin/articles/article/add/"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def form(author: User, day: str, clock: str) -> dict[str, Any]:
    text = {"title": "T", "body": "Text.", "status": "published", "author": author.pk}
    return text | {"publish_at_0": day, "publish_at_1": clock}


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        ("UTC", "2026-03-01", "09:00", utc(2026, 3, 1, 9)),
        ("Asia/Shanghai", "2026-03-01", "09:00", utc(2026, 3, 1, 1)),
        ("Asia/Kolkata", "2026-03-01", "09:00", utc(2026, 3, 1, 3, 30)),
        ("America/New_York", "2026-03-07", "09:00", utc(2026, 3, 7, 14)),
        ("America/New_York", "2026-03-08", "09:00", utc(2026, 3, 8, 13)),
        ("America/New_York", "2026-11-01", "09:00", utc(2026, 11, 1, 14)),
    ],
)
def test_typed_time_is_that_of_the_zone_and_shown_again(
    dana_client: Client,
    alice: User,
    settings: Any,
    zone: str,
    day: str,
    clock: str,
    moment: datetime,
) -> None:
    settings.TIME_ZONE = zone
    assert dana_client.post(ADD, form(alice, day, clock)).status_code == 302
    article = Article.objects.get()
    assert article.publish_at == moment
    shown = page(dana_client, f"{LIST}{article.pk}/change/")
    assert f'value="{day}"' in shown
    assert f'value="{clock}:00"' in shown


@pytest.mark.parametrize(
    ("day", "clock", "why"),
    [
        ("2026-03-08", "02:30", "does not exist in America/New_York"),
        ("2026-11-01", "01:30", "01:30-04:00 or 01:30-05:00"),
    ],
)
def test_time_of_a_changed_clock_is_an_error_beside_the_field(
    dana_client: Client, alice: User, settings: Any, day: str, clock: str, why: str
) -> None:
    settings.TIME_ZONE = "America/New_York"
    answer = dana_client.post(ADD, form(alice, day, clock)).content.decode()
    assert why in answer
    assert f'value="{clock}"' in answer
    assert not Article.objects.exists()


def test_article_of_the_hour_that_comes_twice_can_be_saved_again(
    dana_client: Client, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "America/New_York"
    for moment in (utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30)):
        article = make_article(alice, publish_at=moment)
        path = f"{LIST}{article.pk}/change/"
        fields = re.findall(r'name="(publish_at_\d)" value="([^"]+)"', page(dana_client, path))
        assert dana_client.post(path, form(alice, "", "") | dict(fields)).status_code == 302
        article.refresh_from_db()
        assert article.publish_at == moment


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("en", "Time zone: Asia/Shanghai (UTC+08:00)"),
        ("zh-hans", "时区：Asia/Shanghai（UTC+08:00）"),
    ],
)
@pytest.mark.parametrize("path", [ADD, "/admin/accounts/user/{pk}/change/"])
def test_zone_is_named_beside_each_field_for_a_time(
    dana_client: Client, alice: User, settings: Any, path: str, language: str, named: str
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    answer = dana_client.get(path.format(pk=alice.pk), headers={"accept-language": language})
    text = answer.content.decode()
    assert text.count(named) == text.count('class="vTimeField"') > 0


@pytest.mark.parametrize(
    ("zone", "seconds"),
    [("UTC", 0), ("Asia/Shanghai", 28800), ("Asia/Kolkata", 19800), ("America/New_York", -14400)],
)
def test_date_picker_counts_now_and_today_from_the_offset_of_the_zone(
    dana_client: Client, settings: Any, zone: str, seconds: int
) -> None:
    settings.TIME_ZONE = zone
    with time_machine.travel(utc(2026, 7, 1), tick=False):
        dana_client.force_login(User.objects.get(username="dana_staff"))
        assert f'data-admin-utc-offset="{seconds}"' in page(dana_client, ADD)


def choices(text: str) -> list[str]:
    found = re.search(r'<nav class="toplinks".*?</nav>|<div class="xfull">.*?</div>', text, re.S)
    return re.findall(r"<a [^>]*>\s*([^<]+?)\s*</a>", found[0] if found else "")


def test_date_hierarchy_is_that_of_the_zone(
    dana_client: Client, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    for moment in (utc(2025, 12, 31, 15), utc(2025, 12, 31, 16), utc(2026, 2, 28, 22)):
        make_article(alice, publish_at=moment)
    with CaptureQueriesContext(connection) as queries:
        assert choices(page(dana_client, LIST)) == ["2025", "2026"]
        year = page(dana_client, f"{LIST}?publish_at__year=2026")
        assert choices(year)[1:] == ["January 2026", "March 2026"]
        month = page(dana_client, f"{LIST}?publish_at__year=2026&publish_at__month=3")
        assert choices(month)[1:] == ["March 1"]
        day = page(
            dana_client, f"{LIST}?publish_at__year=2026&publish_at__month=3&publish_at__day=1"
        )
    assert day.count('class="field-publish_at') == 1
    assert "March 1, 2026, 6 a.m." in day
    sql = " ".join(query["sql"] for query in queries)
    assert "CONVERT_TZ" not in sql
    assert "Asia/Shanghai" not in sql


def test_filter_of_today_is_the_day_of_the_zone(
    dana_client: Client, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    with time_machine.travel(utc(2026, 3, 1, 1), tick=False):  # 09:00 in Shanghai
        make_article(alice, title="Yesterday", publish_at=utc(2026, 2, 28, 15, 59))
        make_article(alice, title="Early", publish_at=utc(2026, 2, 28, 22))
        dana_client.force_login(User.objects.get(username="dana_staff"))
        today = re.search(r'href="(\?publish_at__gte=[^"]+)"[^>]*>Today', page(dana_client, LIST))
        assert today
        text = page(dana_client, LIST + today[1].replace("&amp;", "&"))
    assert "Early" in text
    assert "Yesterday" not in text


@pytest.mark.parametrize(
    "query",
    [
        "publish_at__month=3",
        "publish_at__date=2026-03-01",
        "updated_at__hour=6",
        "updated_at__year=2026",
        "publish_at__year=2026&publish_at__month__gt=3",
        "publish_at__year=2026&publish_at__week=3",
        "publish_at__year=9999",
        "publish_at__year=1",
        "publish_at__year=x",
        "publish_at__gte=0001-01-01T00:00:00%2B08:00",
        "publish_at__lt=9999-12-31T23:00:00-05:00",
        "publish_at__in=2026-03-01,9999-12-31T23:00:00-05:00",
        "publish_at__regex=(",
        "created_at__iregex=2026",
        "publish_at__contains=2026",
        "updated_at__startswith=2026",
        "publish_at__range=2026-03-01,2026-04-01",
        "publish_at__gte__regex=(",
    ],
)
def test_lookup_that_the_database_would_convert_or_cannot_hold_is_refused(
    dana_client: Client, query: str
) -> None:
    assert dana_client.get(f"{LIST}?{query}").status_code == 400


@pytest.mark.parametrize("lookup", ["", "__exact", "__gt", "__gte", "__lt", "__lte", "__in"])
def test_lookup_that_is_a_range_of_moments_is_made(dana_client: Client, lookup: str) -> None:
    assert dana_client.get(LIST, {f"publish_at{lookup}": "2026-03-01T00:00Z"}).status_code == 200


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_date_out_of_range_is_refused_with_the_bounds_in_the_zone(
    dana_client: Client, alice: User, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    bounds = {
        "UTC": "from 1900-01-01 00:00 to before 3000-01-01 00:00 (UTC)",
        "Asia/Shanghai": "from 1900-01-01 08:05:43 to before 3000-01-01 08:00 (Asia/Shanghai)",
    }
    for day in ("1899-12-31", "3000-01-02"):
        text = dana_client.post(ADD, form(alice, day, "09:00")).content.decode()
        assert f"The date must lie {bounds[zone]}." in text
    assert dana_client.post(ADD, form(alice, "2999-12-31", "23:59")).status_code == 302
