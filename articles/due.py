"""Until when lists go, and when they change by themselves.

`publish_at <= now` would be another query at each moment, which no cache could know again. The
date of the newest article that is out gives the same rows, and stays until something is
written or the next scheduled article is due.
"""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Min, Q
from django.utils import timezone

from core.memory import AGE, Memory, in_transaction


class Moments(NamedTuple):
    newest: datetime | None  # the date of the newest article that is out
    next: datetime | None  # when the next one appears by itself


def seconds_to_next(moments: Moments) -> float:
    if moments.next is None:
        return AGE
    return (moments.next - timezone.now()).total_seconds()


kept: Memory[Moments] = Memory(entries=1, age=seconds_to_next, name="moments")


def out_until() -> datetime:
    """The moment up to which articles are out: now, or one that means the same rows."""
    now = timezone.now()
    if in_transaction():  # which may have written what is not yet known
        return now
    return kept.get("moments", read).newest or now


def next_due() -> datetime | None:
    """When the next article that is scheduled appears; None when there is none."""
    return kept.get("moments", read).next


def read() -> Moments:
    from articles.models import Article  # which asks us

    now = timezone.now()
    published = Article.objects.filter(status=Article.Status.PUBLISHED)
    found = published.aggregate(
        newest=Max("publish_at", filter=Q(publish_at__lte=now)),
        next=Min("publish_at", filter=Q(publish_at__gt=now)),
    )
    return Moments(**found)
