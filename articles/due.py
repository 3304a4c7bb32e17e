"""When the next scheduled article appears, and a moment for lists that stays the same until then.

With `publish_at <= now` each query is another one, whose result no cache finds again. Filtering by
the date of the newest public article gives the same rows, and that date stays until something is
written or the next scheduled article is due.
"""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Min, Q
from django.utils import timezone

from articles.models import Article
from articles.querysets import ArticleQuerySet
from core.invalidation.checked_memory import AGE, Memory, in_transaction


class Moments(NamedTuple):
    newest: datetime | None  # the date of the newest public article
    next: datetime | None  # when the next scheduled one is due


def seconds_to_next(moments: Moments) -> float:
    if moments.next is None:
        return AGE
    return (moments.next - timezone.now()).total_seconds()


kept: Memory[Moments] = Memory(entries=1, age=seconds_to_next, name="moments")


def steady_now() -> datetime:
    """The date of the newest public article; now within a transaction, or without an article.

    As a `moment` of the models' methods it selects what `now` does.
    """
    now = timezone.now()
    if in_transaction():  # which may have written what others do not see yet
        return now
    return kept.get("moments", read).newest or now


def published() -> ArticleQuerySet:
    """Articles that an anonymous visitor may read now, newest first; the results can be kept."""
    return Article.objects.published(steady_now())


def next_due() -> datetime | None:
    """When the next scheduled article appears; None if there is none."""
    return kept.get("moments", read).next


def read() -> Moments:
    now = timezone.now()
    found = Article.objects.filter(status=Article.Status.PUBLISHED).aggregate(
        newest=Max("publish_at", filter=Q(publish_at__lte=now)),
        next=Min("publish_at", filter=Q(publish_at__gt=now)),
    )
    return Moments(**found)
