"""When the next scheduled article is due, and a moment for lists that is the same until then.

With `publish_at <= now` each query differs from the one before, so no cache has its result.
Filtering by the date of the newest public article selects the same rows, and that date stays until
a write, or until the next scheduled article is due.
"""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from articles.models import Article
from articles.querysets import ArticleQuerySet
from core.invalidation.checked_memory import Memory, in_transaction
from core.invalidation.expiry import AGE


class Moments(NamedTuple):
    newest: datetime | None  # the date of the newest public article
    next: datetime | None  # when the next scheduled one is due


def seconds_to_next(found: Moments) -> float:
    if found.next is None:
        return AGE
    return (found.next - timezone.now()).total_seconds()


moments: Memory[Moments] = Memory(entries=1, age=seconds_to_next, name="moments")


def steady_now() -> datetime:
    """Returns the date of the newest public article; now within a transaction, or without one.

    As `moment` of the querysets' methods it selects the same rows as the present.
    """
    now = timezone.now()
    if in_transaction():  # which may have written rows that other connections do not see yet
        return now
    return moments.get("moments", read_moments).newest or now


def published() -> ArticleQuerySet:
    """Articles that an anonymous visitor may read now, newest first; caches find the result."""
    return Article.objects.published(steady_now())


def next_due() -> datetime | None:
    """Returns when the next scheduled article appears, or None."""
    return moments.get("moments", read_moments).next


def read_moments() -> Moments:
    """Reads one entry of the index article_newest on each side of the present."""
    now = timezone.now()
    with_date = Article.objects.filter(status=Article.Status.PUBLISHED)
    return Moments(
        newest=first_date(with_date.filter(publish_at__lte=now).order_by("-publish_at")),
        next=first_date(with_date.filter(publish_at__gt=now).order_by("publish_at")),
    )


def first_date(articles: ArticleQuerySet) -> datetime | None:
    """iterator() keeps the result, which is of this moment only, out of the query cache."""
    return next(articles.values_list("publish_at", flat=True)[:1].iterator(), None)
