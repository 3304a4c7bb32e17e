"""Counts the public articles of each month, in the site's time zone."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.utils.timezone import get_current_timezone_name, localtime

from articles.models import Article
from articles.schedule import next_due, steady_now
from core.caching import memoize
from core.sql import fetch_all
from core.time_zone.local_time import month_range

# A range of the index article_newest; the database needs no time zone tables.
COUNT = """
    SELECT %s AS number, COUNT(*) AS uses FROM articles_article
    WHERE status = 'published' AND publish_at >= %s AND publish_at < %s AND publish_at <= %s
"""
AT_ONCE = 400  # SQLite takes up to 500 SELECTs in one statement


class Month(NamedTuple):
    month: date  # its first day
    articles: int  # how many are public


def months() -> list[Month]:
    """Returns each month with public articles, newest first."""
    return [Month(*row) for row in _counted_months(get_current_timezone_name())]


@memoize(subjects=["articles"], until=next_due)
def _counted_months(zone: str) -> list[tuple[date, int]]:
    """`zone`, the current time zone, is the key: it decides which month an article belongs to."""
    until = steady_now()
    oldest = Article.objects.published(until).order_by("publish_at", "id").values_list("publish_at")
    first = oldest.first()
    if first is None:
        return []
    listed = list(_months_between(localtime(first[0]).date(), localtime(until).date()))
    counts: dict[date, int] = {}
    for start in range(0, len(listed), AT_ONCE):
        counts |= _counts(listed[start : start + AT_ONCE], until)
    return [(month, counts[month]) for month in reversed(listed) if counts[month]]


def _months_between(first: date, last: date) -> Iterator[date]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def _counts(listed: list[date], until: datetime) -> dict[date, int]:
    args: list[object] = []
    for number, month in enumerate(listed):
        args += [number, *month_range(month.year, month.month), until]
    rows = fetch_all(" UNION ALL ".join([COUNT] * len(listed)), args)
    return {listed[row["number"]]: row["uses"] for row in rows}
