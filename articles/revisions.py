"""Keeps a revision of each save that changes title, text, line breaks, tags or summary.

    with recorded(article, by=request.user):
        article.save()
        article.tags.set(tags)

Guarantees: a revision is written in the transaction of its save, from the stored row, while the row
is locked; so there is none without its save, and two saves at once give both revisions. A text that
was stored without a revision, as by an older release, gets one before it changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from articles.images.uses import note_refused_text
from articles.models import Article, Revision, Tag
from core.db.deadlock_retry import retry_deadlocks

By = AbstractBaseUser | AnonymousUser | None
Origin = Revision.Origin


@contextmanager
def recorded(article: Article, by: By, origin: str = Origin.SAVED) -> Iterator[None]:
    """Runs its block in a transaction and keeps a revision of what the block has saved.

    `article` may be new; then the block saves it. `by` is the user who saves it; None if unknown.
    """
    with transaction.atomic():
        is_new = article.pk is None
        if not is_new:
            keep_stored(article.pk)
        yield
        keep(article.pk, by, Origin.CREATED if is_new and origin == Origin.SAVED else origin)


def keep_stored(pk: int) -> Revision:
    """Locks the article, and keeps the stored text if no revision has it: before it is changed."""
    return keep(pk, None, Origin.FOUND)


def keep(pk: int, by: By, origin: str) -> Revision:
    """Keeps the stored text of the article as a revision, unless the latest one has the same text.

    Locks the article until the end of the transaction, in which it has to be called. Raises
    Article.DoesNotExist.
    """
    article = Article.with_trashed.select_for_update().defer("body_html", "excerpt").get(pk=pk)
    texts = stored_texts(article)
    latest = article.revisions.exclude(origin=Origin.CONFLICT).order_by("-pk").first()
    is_published = article.status == Article.Status.PUBLISHED
    if latest is None or latest.texts != texts:
        stays = latest is None or is_published
        made_at = article.updated_at if origin == Origin.FOUND else timezone.now()
        return article.revisions.create(
            by_id=by and by.pk, origin=origin, stays=stays, made_at=made_at, **texts
        )
    if is_published and not latest.stays:
        article.revisions.filter(pk=latest.pk).update(stays=True)
    return latest


def stored_texts(article: Article) -> dict[str, Any]:
    tags = "\n".join(tag.name for tag in article.tags.all())
    return {
        "title": article.title,
        "body": article.body,
        "breaks": article.breaks,
        "summary": article.summary,
        "tags": tags,
    }


@transaction.atomic
def keep_refused(pk: int, by: By, texts: dict[str, Any]) -> Revision:
    """Keeps the text of a save that was refused because of a newer one; sent again, once only.

    `texts` are the values of `models.TEXTS`. Raises Article.DoesNotExist.
    """
    article = Article.with_trashed.select_for_update().only("pk").get(pk=pk)
    by_id: Any = by and by.pk
    refused = article.revisions.filter(origin=Origin.CONFLICT, by_id=by_id)
    latest = refused.order_by("-pk").first()
    if latest is not None and latest.texts == texts:
        return latest
    note_refused_text(pk, texts["body"])
    return article.revisions.create(by_id=by_id, origin=Origin.CONFLICT, **texts)


def restore(revision: Revision, by: By) -> Article:
    """Makes the text of a revision the article's again, as a new revision; returns the article.

    Its address changes with its title, as in the editor. Raises TextRefused for a text over a limit
    that the renderer has set since, and Article.DoesNotExist for an article in the trash.
    """
    tags = Tag.objects.named(revision.tag_names)  # before the transaction, as in the editor

    def attempt() -> Article:
        return _restore(revision, tags, by)

    return retry_deadlocks(attempt)


def _restore(revision: Revision, tags: list[Tag], by: By) -> Article:
    article = Article(pk=revision.article_id)
    with recorded(article, by, Origin.RESTORED):
        article = Article.objects.select_for_update().get(pk=revision.article_id)
        if article.title != revision.title:
            article.slug = ""
        article.title, article.body = revision.title, revision.body
        article.breaks, article.summary = revision.breaks, revision.summary
        article.save(update_fields=["title", "body", "breaks", "summary"])
        article.tags.set(tags)
    return article
