"""Brings an article up to date when it is read, and stores that if it takes no waiting.

Guarantees: the reader gets today's HTML, whatever happens to the write. A database that is
read-only or failing is tried once in PAUSE seconds by each process, and a row or a SQLite file
that somebody has locked is left for the next reader. A current article costs nothing.
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
TURN = 0.25  # seconds that a reader waits for another one of this process, who stores


class Turns:
    """One thread of a process stores at a time: a server that stalls its writers, as during a
    backup under a global read lock, then holds one connection and not the whole pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.not_before = 0.0

    def take(self) -> bool:
        if time.monotonic() < self.not_before:
            return False
        return self.lock.acquire(timeout=TURN)

    def pause(self) -> None:
        self.not_before = time.monotonic() + PAUSE


turns = per_process(Turns)


def up_to_date(article: Article) -> Article:
    """The same instance, with HTML and excerpt as today's renderer makes them.

    A text that the renderer refuses keeps the HTML that it has; that it is refused is stored,
    so that later readers do not wait for another try.
    """
    if is_settled(article):
        return article
    before = article.rendered_by
    with suppress(ValueError):
        render_anew(article)
    if turns().take():
        try:
            store_at_once(article, before)
        finally:
            turns().lock.release()
    return article


def store_at_once(article: Article, before: int) -> None:
    try:
        with without_waiting(), transaction.atomic():
            if unlocked([article.pk]):
                store(article, before)
    except DatabaseError as error:
        turns().pause()
        logger.warning("Article %d is rendered anew but cannot be stored: %s", article.pk, error)
