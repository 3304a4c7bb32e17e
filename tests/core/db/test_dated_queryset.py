"""datetimes() groups by the years, months and days of the time zone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from articles.models import Article
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def kinds(kind: str, shown: str) -> list[str]:
    return [f"{moment:{shown}}" for moment in Article.objects.datetimes("publish_at", kind)]


@pytest.mark.parametrize(
    ("zone", "years", "days"),
    [
        ("UTC", ["2025"], ["2025-12-31"]),
        ("Asia/Shanghai", ["2025", "2026"], ["2025-12-31", "2026-01-01"]),
        ("America/New_York", ["2025"], ["2025-12-30", "2025-12-31"]),
        ("Asia/Kolkata", ["2025"], ["2025-12-31"]),
    ],
)
def test_periods_are_those_of_the_zone(
    alice: User, settings: Any, zone: str, years: list[str], days: list[str]
) -> None:
    settings.TIME_ZONE = zone
    for hour in (4, 12, 18):
        make_article(alice, publish_at=datetime(2025, 12, 31, hour, tzinfo=UTC))
    make_article(alice, status="draft")
    assert kinds("year", "%Y") == years
    assert kinds("month", "%Y-%m") == sorted({day[:7] for day in days})
    assert kinds("day", "%Y-%m-%d") == days


def test_latest_period_comes_first_when_asked(alice: User) -> None:
    for year in (2024, 2025):
        make_article(alice, publish_at=datetime(year, 5, 5, tzinfo=UTC))
    years = Article.objects.datetimes("publish_at", "year", order="DESC")
    assert [moment.year for moment in years] == [2025, 2024]


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="year, month, day"):
        Article.objects.datetimes("publish_at", "hour")
