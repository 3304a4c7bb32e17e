"""Keeps the search index equal to the articles, and writes it anew for `rebuild_search`.

save() and a fixture reach index_saved(), update(), bulk_create() and bulk_update() the methods of
ArticleQuerySet; all of them call SearchText.objects.index() in the transaction that writes the
article. Raw SQL does not: `rebuild_search --all` repairs the index.
"""

from collections.abc import Iterable
from typing import Any

from articles.models import Article, SearchText
from articles.querysets import INDEXED_FIELDS
from core.db.deadlock_retry import retry_deadlocks

BATCH = 50  # articles that are indexed in one transaction


def index_saved(
    instance: Article, using: str, update_fields: Iterable[str] | None, **kwargs: Any
) -> None:
    """Receiver of post_save."""
    if update_fields is None or INDEXED_FIELDS & {*update_fields}:
        SearchText.objects.db_manager(using).index([instance.pk])


def outdated_batches() -> list[list[int]]:
    """Returns the keys of the articles whose row is missing or old, in batches."""
    keys = sorted(SearchText.objects.outdated().order_by().values_list("pk", flat=True).iterator())
    return [keys[at : at + BATCH] for at in range(0, len(keys), BATCH)]


def index_batch(keys: list[int]) -> int:
    """Returns the number of articles that still exist and are indexed now."""
    return retry_deadlocks(lambda: SearchText.objects.index(keys))


def mark_all_outdated() -> None:
    SearchText.objects.update(version=0)
