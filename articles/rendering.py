"""Renders articles anew whose HTML was made by an older version of the renderer.

Guarantees: a rendering is stored only if the row still holds the text that it was made of, so an
edit is never overwritten; `updated_at` stays; no cache is invalidated.
"""

from hashlib import sha256

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.functions import SHA256

from articles.models import Article
from articles.querysets import ArticleQuerySet
from core.invalidation.write_hooks import unannounced
from core.markdown import VERSION

# `rendered_by` of an article whose text this version refuses: it keeps its older HTML, and is
# rendered again when it is saved, by `rerender_articles`, or by a later version when it is read.
REFUSED = -VERSION


def outdated(using: str = DEFAULT_DB_ALIAS) -> ArticleQuerySet:
    """Articles whose HTML an older version has made, including those that this one refuses."""
    return Article.objects.using(using).filter(rendered_by__lt=VERSION)


def is_settled(article: Article) -> bool:
    """Whether this version has rendered the article or refused its text."""
    return abs(article.rendered_by) >= VERSION


def render_anew(article: Article) -> int:
    """Renders `article` on the instance and returns the version that its row still has.

    Raises Article.DoesNotExist if the text was not loaded yet and the row is deleted, and
    ValueError, with the instance marked as REFUSED, if the text is over a limit.
    """
    before = article.rendered_by
    if "body" in article.get_deferred_fields():
        article.refresh_from_db(fields=["body"])
    try:
        article.render_body()
    except ValueError:
        article.rendered_by = REFUSED
        raise
    return before


def store(article: Article, before: int) -> bool:
    """Stores the result of render_anew(), or its refusal. One statement compares and writes.

    Returns False if the row has another text, or if another connection has rendered it meanwhile.
    """
    text = sha256(article.body.encode()).hexdigest()  # `=` ignores case on MySQL
    same = Article.objects.annotate(text=SHA256("body")).filter(
        pk=article.pk, rendered_by=before, breaks=article.breaks, text=text
    )
    with unannounced():
        changed = same.update(
            body_html=article.body_html, excerpt=article.excerpt, rendered_by=article.rendered_by
        )
    return bool(changed)


def unlocked(keys: list[int]) -> list[int]:
    """Locks the rows that no other transaction has locked, and returns their keys.

    All callers lock in the same order, so that they do not deadlock. SQLite locks no rows: there
    the transaction locks the database.
    """
    can_skip = connections[DEFAULT_DB_ALIAS].features.has_select_for_update_skip_locked
    rows = Article.objects.select_for_update(skip_locked=can_skip).filter(pk__in=keys)
    return list(rows.order_by("pk").values_list("pk", flat=True))
