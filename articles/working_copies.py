"""Stores what an author types, until it is saved (POST /articles/<id>/autosave/).

    store(place, stamp, values)             keeps a text as the working copy
    settle(article, user, stamp, is_new)    in the transaction of a save: the text is stored now

A Stamp is a window of a browser and the number of the change in it. Guarantees: a text never takes
the place of a later one of the same window, and that of another window only if the author says so;
then the other one goes to the article's history, or stays as a text of its own. Each decision is
confirmed by the UPDATE that follows from it, or by a unique constraint, and is taken again if
another request was faster.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from articles.models import Article, WorkingCopy
from articles.models.working_copy import LONGEST_WINDOW
from articles.revisions import By, keep_refused
from core.db.deadlock_retry import retry_deadlocks

User = AbstractBaseUser | AnonymousUser
MOST_NEW = 100  # unsaved texts of new articles that an account may have
ATTEMPTS = 5  # requests for one working copy that may be faster than this one
EMPTY = {"title": "", "body": "", "breaks": False, "summary": "", "tags": ""}
STAMP = re.compile(rf"([0-9a-z]{{1,{LONGEST_WINDOW}}}):([0-9]{{1,15}})", re.ASCII)
LONGEST_STAMPS = 4 * (LONGEST_WINDOW + 17)  # characters of the stamps that a form carries


class Stamp(NamedTuple):
    window: str
    sequence: int


class Place(NamedTuple):
    """Which text it is: that of an article, or of a form that has not made its article yet."""

    author_id: Any
    article_id: int | None
    token: UUID | None = None

    def copies(self) -> QuerySet[WorkingCopy]:
        key = {"article_id": self.article_id} if self.article_id else {"token": self.token}
        return WorkingCopy.objects.filter(author_id=self.author_id, **key)


class OtherWindow(Exception):  # noqa: N818 - a state of the working copy, not an error
    """The working copy holds a text of another window, which is not overwritten."""

    def __init__(self, stored: WorkingCopy) -> None:
        super().__init__()
        self.stored = stored


class TooManyCopies(Exception):  # noqa: N818 - a limit that was reached
    """The account has MOST_NEW unsaved texts of new articles."""


def parse_stamps(text: str) -> list[Stamp]:
    """Returns the stamps of a text that has spaces between them."""
    return [stamp for word in text.split() if (stamp := parse_stamp(word))]


def parse_stamp(text: object) -> Stamp | None:
    """Returns the stamp that the text spells, or None."""
    found = STAMP.fullmatch(str(text))
    return Stamp(found[1], int(found[2])) if found else None


def store(
    place: Place,
    stamp: Stamp,
    values: dict[str, Any],
    continues: Iterable[Stamp] = (),
    displaces: Stamp | None = None,
) -> WorkingCopy:
    """Keeps the text, unless a later one of its window is kept already; returns what is kept.

    `continues` are the versions that the text was made from, and `displaces` another window's that
    the author puts aside. Raises OtherWindow, and TooManyCopies.
    """
    for _ in range(ATTEMPTS):
        stored = place.copies().first()
        if stored is None:
            kept = create(place, stamp, values)
        elif stored.window == stamp.window and stored.sequence >= stamp.sequence:
            return stored
        elif is_replaceable(stored, stamp, continues):
            kept = replace(stored, stamp, values)
        elif displaces == (stored.window, stored.sequence):
            kept = put_aside(stored, stamp, values)
        else:
            raise OtherWindow(stored)
        if kept:
            return kept
    raise OtherWindow(place.copies().get())


def is_replaceable(stored: WorkingCopy, stamp: Stamp, continues: Iterable[Stamp]) -> bool:
    if stored.is_settled or stored.window == stamp.window or stored.is_blank:
        return True
    return any(
        stored.window == known.window and stored.sequence <= known.sequence for known in continues
    )


def create(place: Place, stamp: Stamp, values: dict[str, Any]) -> WorkingCopy | None:
    """Returns None if there is one meanwhile."""
    if place.article_id is None and _of_no_article(place.author_id).count() >= MOST_NEW:
        raise TooManyCopies
    key = {"author_id": place.author_id, "article_id": place.article_id, "token": place.token}
    try:
        with transaction.atomic():
            return WorkingCopy.objects.create(**key, **stamp._asdict(), **values)
    except IntegrityError:
        if place.copies().exists():
            return None
        raise


def replace(stored: WorkingCopy, stamp: Stamp, values: dict[str, Any]) -> WorkingCopy | None:
    """Returns None, and changes nothing, if the row is not as it was read."""
    values = values | stamp._asdict() | {"is_settled": False, "changed_at": timezone.now()}
    if not as_read(stored).update(**values):
        return None
    for name, value in values.items():
        setattr(stored, name, value)
    return stored


def put_aside(stored: WorkingCopy, stamp: Stamp, values: dict[str, Any]) -> WorkingCopy | None:
    """Replaces the text of another window, and keeps it: in the history, or as another new text."""
    if stored.article_id is None:
        as_read(stored).update(token=uuid4())
        return None  # the next attempt finds the place free

    def attempt() -> WorkingCopy | None:
        with transaction.atomic():
            keep_refused(stored.article_id, stored.author, stored.texts)  # type: ignore[arg-type]
            kept = replace(stored, stamp, values)
            transaction.set_rollback(kept is None)
            return kept

    return retry_deadlocks(attempt)


def as_read(stored: WorkingCopy) -> QuerySet[WorkingCopy]:
    version = {"window": stored.window, "sequence": stored.sequence}
    return WorkingCopy.objects.filter(pk=stored.pk, is_settled=stored.is_settled, **version)


def settle(article: Article, user: By, stamps: list[Stamp], is_new: bool) -> None:
    """Empties the working copy with one of these stamps or an earlier one of its window.

    Has to be called in the transaction of the save. The first stamp is of the window that saves;
    the row takes it, so that a late autosave of that window is recognised. `is_new`: the save has
    made the article.
    """
    author_id: Any = user and user.pk
    own = WorkingCopy.objects.filter(author_id=author_id)
    token = article.creation_token if is_new else None
    if token:
        own.filter(token=token).update(article=article)
    for stamp in stamps:
        of_window = own.filter(article=article, window=stamp.window, sequence__lte=stamp.sequence)
        if of_window.update(**EMPTY, is_settled=True, **stamps[0]._asdict()):
            return
    if stamps:  # a first autosave may still be on its way
        row = WorkingCopy(author_id=author_id, article=article, token=token, is_settled=True)
        row.window, row.sequence = stamps[0]
        WorkingCopy.objects.bulk_create([row], ignore_conflicts=True)


def discard(place: Place, stamp: Stamp | None) -> bool:
    """Empties the working copy if it is still this version; returns whether it was."""
    if stamp is None:
        return False
    copies = place.copies().filter(**stamp._asdict())
    if place.article_id is None:
        return bool(copies.delete()[0])
    return bool(copies.update(**EMPTY, is_settled=True))


def unsaved_texts(author_id: Any) -> QuerySet[WorkingCopy]:
    """The account's texts that no save has made an article of, the last changed first; without
    those that were typed and deleted again."""
    found = _of_no_article(author_id).exclude(title="", body="", summary="", tags="")
    return found.order_by("-changed_at", "-pk")


def _of_no_article(author_id: Any) -> QuerySet[WorkingCopy]:
    made = Article.with_trashed.filter(
        author_id=OuterRef("author_id"), creation_token=OuterRef("token")
    )
    found = WorkingCopy.objects.filter(author_id=author_id, article=None, is_settled=False)
    return found.filter(~Exists(made))
