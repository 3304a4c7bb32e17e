"""Thins the revisions of an article as they age.

All of a day are kept, then one an hour for a week, one a day for a year, then one a month: the last
of its hour, day or month in the site's time zone. The first one and those that were published stay.

Guarantees: since a month's last revision is the last of its day and of its hour too, thinning often
leaves the same revisions as thinning once.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from articles.models import Revision

DAY, WEEK, YEAR = timedelta(days=1), timedelta(days=7), timedelta(days=365)
BATCH = 100  # articles


class Dated(NamedTuple):
    """The facts that decide whether a revision is kept. Those of refused saves, whose text exists
    nowhere else, are thinned as a series of their own."""

    pk: int
    made_at: datetime
    stays: bool = False
    is_refused: bool = False


def superfluous(revisions: Iterable[Dated], now: datetime) -> list[int]:
    """The keys of the revisions of one article that need not be kept at `now`."""
    found, seen = [], set[tuple[object, ...]]()
    for each in sorted(revisions, key=lambda each: (each.made_at, each.pk), reverse=True):
        period = period_of(each.made_at, now)
        if period is None:
            continue
        series = each.is_refused, *period
        if series in seen and not each.stays:
            found.append(each.pk)
        seen.add(series)
    return found


def period_of(made_at: datetime, now: datetime) -> tuple[int, ...] | None:
    """The hour, day or month of which one revision is kept; None while all are.

    An hour that occurs twice, at the end of summer time, counts as two.
    """
    age, local = now - made_at, timezone.localtime(made_at)
    if age <= DAY:
        return None
    if age <= WEEK:
        return local.year, local.month, local.day, local.hour, local.fold
    return (local.year, local.month, local.day) if age <= YEAR else (local.year, local.month)


def thin_revisions() -> Iterator[int]:
    """Thins the revisions of all articles, and yields the number deleted in each batch."""
    now = timezone.now()
    old = Revision.objects.filter(stays=False, made_at__lt=now - DAY)
    articles = list(old.order_by("article").values_list("article", flat=True).distinct())
    for start in range(0, len(articles), BATCH):
        yield thin(articles[start : start + BATCH], now)


def thin(articles: list[int], now: datetime) -> int:
    by_article: dict[int, list[Dated]] = {}
    rows = Revision.objects.filter(article__in=articles)
    for row in rows.values_list("article_id", "pk", "made_at", "stays", "origin").iterator():
        revision = Dated(*row[1:4], is_refused=row[4] == Revision.Origin.CONFLICT)
        by_article.setdefault(row[0], []).append(revision)
    keys = [key for each in by_article.values() for key in superfluous(each, now)]
    for start in range(0, len(keys), 500):  # SQLite takes 999 parameters or more
        Revision.objects.filter(pk__in=keys[start : start + 500]).delete()
    return len(keys)
