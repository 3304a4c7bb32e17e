"""Renders an outdated article anew when it is read, and stores the result if nothing blocks it.

Guarantees: the reader gets the HTML of the current renderer, even if the write fails. Each process
tries a read-only or failing database once in PAUSE seconds. A row or a SQLite file that another
connection has locked is left to the next reader. A current article costs nothing.
"""

import logging
import threading
import time
from contextlib import suppress

from django.db import DatabaseError, transaction

from articles.models import Article
from articles.rendering import is_settled, render_anew, store, unlocked
from core.db.lock_waits import without_waiting
from core.workers.per_process import per_process

logger = logging.getLogger(__name__)
PAUSE = 60.0  # seconds without a try after a failure
LOCK_TIMEOUT = 0.25  # seconds that a reader waits for another thread that stores


class StoreLock:
    """Lets one thread of a process store at a time: a server that stalls its writers, as during a
    backup under a global read lock, then holds one connection and not the whole pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.not_before = 0.0

    def acquire(self) -> bool:
        """Returns False after LOCK_TIMEOUT, and at once during a pause."""
        if time.monotonic() < self.not_before:
            return False
        return self.lock.acquire(timeout=LOCK_TIMEOUT)

    def pause(self) -> None:
        self.not_before = time.monotonic() + PAUSE


store_lock = per_process(StoreLock)


def up_to_date(article: Article) -> Article:
    """Returns the same instance, with the HTML and excerpt of the current renderer.

    A text over a limit keeps its HTML. The refusal is stored, so that later readers do not wait
    for another attempt.
    """
    if is_settled(article):
        return article
    before = article.rendered_by
    with suppress(ValueError):
        render_anew(article)
    if store_lock().acquire():
        try:
            store_at_once(article, before)
        finally:
            store_lock().lock.release()
    return article


def store_at_once(article: Article, before: int) -> None:
    try:
        with without_waiting(), transaction.atomic():
            if unlocked([article.pk]):
                store(article, before)
    except DatabaseError as error:
        store_lock().pause()
        logger.warning("Article %d is rendered anew but cannot be stored: %s", article.pk, error)
