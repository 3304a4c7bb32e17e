"""Renders all outdated articles anew, in batches, for the command `rerender_articles`.

Guarantees: a batch is rendered without a lock and stored in one transaction; a row that another
connection has locked is skipped; a run that is interrupted leaves whole rows, and the next run
continues with those that are still outdated. A refusal is stored too. Several runs at once share
the work.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from django.db import transaction

from articles.models import Article
from articles.rendering import outdated, render_anew, store, unlocked
from core.db.deadlock_retry import retry_deadlocks

BATCH = 20  # texts in memory at a time, of half a million characters each at most


class Result(Enum):
    RENDERED = "rendered"
    CHANGED = "changed"  # edited, rendered or deleted by another connection meanwhile
    LOCKED = "locked"
    REFUSED = "refused"


class Outcome(NamedTuple):
    article: Article
    result: Result
    reason: str = ""


class Rendered(NamedTuple):
    article: Article
    before: int  # the version that the row has


def batches() -> list[list[int]]:
    """Returns the keys of all outdated articles, oldest first, in batches.

    iterator() keeps the result out of the query cache.
    """
    keys = sorted(outdated().order_by().values_list("pk", flat=True).iterator())
    return [keys[at : at + BATCH] for at in range(0, len(keys), BATCH)]


def rerender(keys: list[int], *, dry_run: bool = False) -> Iterator[Outcome]:
    """Renders and stores the articles with these keys that are still outdated."""
    ready: list[Rendered] = []
    refused: list[Rendered] = []
    for article in outdated().filter(pk__in=keys).order_by("pk").iterator():
        before = article.rendered_by
        try:
            ready.append(Rendered(article, render_anew(article)))
        except ValueError as refusal:
            refused.append(Rendered(article, before))
            yield Outcome(article, Result.REFUSED, str(refusal))
    if dry_run:
        results = [Result.RENDERED for _ in ready]
    else:
        results = retry_deadlocks(lambda: store_all([*ready, *refused]))
    for each, result in zip(ready, results, strict=False):
        yield Outcome(each.article, result)


@transaction.atomic
def store_all(ready: list[Rendered]) -> list[Result]:
    free = set(unlocked([each.article.pk for each in ready]))
    return [store_one(each) if each.article.pk in free else Result.LOCKED for each in ready]


def store_one(rendered: Rendered) -> Result:
    return Result.RENDERED if store(*rendered) else Result.CHANGED
