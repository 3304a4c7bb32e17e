"""Keeps what each page of articles asks for: rows of articles with their authors, and counts.

core.query_cache does not do the same: it keeps nothing of users, so no article with its author and
no count of an author's articles, and it compiles the SQL at each hit: a list whose blocks are known
took 1.6 times as long with it. Only columns that are public are kept here; the long texts are read
where a page is rendered, which is seldom.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from articles.due import next_due, published
from articles.models import Article, ArticleQuerySet
from core.db.pagination import BoundedPaginator
from core.invalidation.checked_memory import Memory

TEXTS = ("body", "body_html")
FIELDS = [f.attname for f in Article._meta.concrete_fields if f.attname not in TEXTS]
OF_AUTHOR = ["id", "username", "display_name"]
OF_PERSON = [*OF_AUTHOR, "bio"]
COLUMNS = [*FIELDS, *(f"author__{name}" for name in OF_AUTHOR)]

rows: Memory[tuple[Any, ...] | None] = Memory(entries=5_000, until=next_due, name="articles")
counts: Memory[int] = Memory(entries=1_000, until=next_due, name="counts")
authors: Memory[tuple[Any, ...] | None] = Memory(entries=1_000, name="authors")


def public_article(pk: int) -> Article | None:
    """The article as an anonymous visitor may read it now, or None.

    An instance of this request's own, with its author's name; its texts are deferred.
    """
    row = rows.get(pk, lambda: published().filter(pk=pk).values_list(*COLUMNS).first())
    if row is None:
        return None
    article = Article.from_db("default", FIELDS, row[: len(FIELDS)])
    article.author = get_user_model().from_db("default", OF_AUTHOR, row[len(FIELDS) :])
    return article


def person_named(username: str) -> AbstractUser | None:
    """Returns the public fields of the account with this name, or None."""
    users = get_user_model()
    row = authors.get(
        username, lambda: users.objects.named(username).values_list(*OF_PERSON).first()
    )
    return users.from_db("default", OF_PERSON, row) if row else None


def counted(
    key: tuple[Any, ...], articles: Callable[[], ArticleQuerySet], per_page: int
) -> BoundedPaginator:
    """The pages of a list that is the same for all readers; `articles()` reads it anew."""
    paginator = BoundedPaginator(articles().for_list(), per_page)
    paginator.count = counts.get(key, lambda: BoundedPaginator(articles(), per_page).count)
    return paginator
