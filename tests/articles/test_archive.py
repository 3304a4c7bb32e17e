"""Years and months of the archive, in the site's time zone, without time zone tables."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles.archive import Month, months
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def out(alice: User, *parts: int, **fields: Any) -> Any:
    return make_article(alice, publish_at=datetime(*parts, tzinfo=UTC), **fields)  # type: ignore[misc, arg-type]


def statements(client: Client, path: str) -> str:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return " ".join(query["sql"] for query in queries)


EDGES = [  # a zone, the last moment before a month begins there, and its first
    ("UTC", (2025, 2, 28, 23, 59, 59, 999999), (2025, 3, 1)),
    ("Asia/Shanghai", (2025, 2, 28, 15, 59, 59, 999999), (2025, 2, 28, 16)),
    ("Asia/Kolkata", (2025, 2, 28, 18, 29, 59, 999999), (2025, 2, 28, 18, 30)),
    ("America/New_York", (2025, 3, 1, 4, 59, 59, 999999), (2025, 3, 1, 5)),
]


@pytest.mark.parametrize(("zone", "before", "first"), EDGES)
def test_article_is_filed_under_the_month_of_the_zone(
    client: Client, alice: User, settings: Any, zone: str, before: Any, first: Any
) -> None:
    settings.TIME_ZONE = zone
    february, march = out(alice, *before), out(alice, *first)
    assert months() == [Month(date(2025, 3, 1), 1), Month(date(2025, 2, 1), 1)]
    assert list(client.get("/archive/2025/02/").context["page"]) == [february]
    assert list(client.get("/archive/2025/03/").context["page"]) == [march]
    assert list(client.get("/archive/2025/").context["page"]) == [march, february]


@pytest.mark.parametrize(
    ("zone", "before", "first"),
    [
        ("Asia/Shanghai", (2024, 12, 31, 15, 59), (2024, 12, 31, 16)),
        ("America/New_York", (2025, 1, 1, 4, 59), (2025, 1, 1, 5)),
    ],
)
def test_year_is_that_of_the_zone(
    client: Client, alice: User, settings: Any, zone: str, before: Any, first: Any
) -> None:
    settings.TIME_ZONE = zone
    old, new = out(alice, *before), out(alice, *first)
    assert list(client.get("/archive/2024/").context["page"]) == [old]
    assert list(client.get("/archive/2025/").context["page"]) == [new]


def test_month_with_a_change_of_the_clocks_ends_with_the_new_offset(
    client: Client, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "America/New_York"
    march, april = out(alice, 2025, 4, 1, 3, 59), out(alice, 2025, 4, 1, 4)
    october, december = out(alice, 2025, 11, 1, 3, 59), out(alice, 2025, 12, 1, 5)
    for month, article in [("03", march), ("04", april), ("10", october), ("12", december)]:
        assert list(client.get(f"/archive/2025/{month}/").context["page"]) == [article]
    assert client.get("/archive/2025/11/").status_code == 404
    assert [row.month.month for row in months()] == [12, 10, 4, 3]


@pytest.mark.parametrize("path", ["/archive/", "/archive/2025/", "/archive/2025/03/"])
def test_database_converts_no_time_zone(
    client: Client, alice: User, settings: Any, path: str
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    out(alice, 2025, 2, 28, 16)
    sql = statements(client, path)
    assert "CONVERT_TZ" not in sql
    assert "django_datetime" not in sql  # a function that SQLite calls in Python for each row


def test_archive_counts_what_is_public_only(alice: User) -> None:
    out(alice, 2025, 3, 1)
    out(alice, 2025, 3, 2, status="draft")
    out(alice, 2025, 3, 2, status="hidden")
    out(alice, 2990, 1, 1)
    assert months() == [Month(date(2025, 3, 1), 1)]


def test_archive_without_articles_is_empty(alice: User) -> None:
    out(alice, 2990, 1, 1)
    assert months() == []


def test_archive_of_a_century_takes_few_queries(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    out(alice, 1900, 1, 1)
    out(alice, 2025, 3, 1)
    with django_assert_max_num_queries(6):
        assert months() == [Month(date(2025, 3, 1), 1), Month(date(1900, 1, 1), 1)]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("year", ["0000", "0001", "0002", "9998", "9999"])
def test_years_at_the_ends_of_the_calendar_are_not_found(
    client: Client, settings: Any, zone: str, year: str
) -> None:
    settings.TIME_ZONE = zone
    for path in (f"/archive/{year}/", f"/archive/{year}/12/", f"/archive/{year}/01/"):
        assert client.get(path).status_code == 404
