"""Deletes articles for good that have been in the trash for KEPT_FOR, and the pictures that only
they used."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from articles.images.removal import delete_unused
from articles.models import Article, ImageUse
from articles.querysets import TRASHED, ArticleQuerySet

KEPT_FOR = timedelta(days=30)
BATCH = 50  # articles that are deleted in one transaction


def trash_of(user: AbstractBaseUser | AnonymousUser, *, with_team: bool = False) -> ArticleQuerySet:
    """The user's articles in the trash, and on request those the team deleted; newest first."""
    shown = Q(author_id=user.pk) | (Q(trashed_by_team=True) if with_team else Q())
    return Article.with_trashed.filter(shown, status=TRASHED).order_by("-trashed_at", "-id")


def purge_trash(kept_for: timedelta = KEPT_FOR) -> Iterator[int]:
    """Deletes what was trashed before `kept_for`, and yields the number of each batch."""
    until = timezone.now() - kept_for
    due = Article.with_trashed.filter(status=TRASHED, trashed_at__lte=until).order_by("pk")
    while keys := list(due.values_list("pk", flat=True)[:BATCH].iterator()):
        yield purge(keys)


@transaction.atomic
def purge(keys: list[int]) -> int:
    """Deletes those that are still in the trash; a recovered one is locked out or left alone."""
    locked = Article.with_trashed.select_for_update().filter(pk__in=keys, status=TRASHED)
    found = list(locked.order_by("pk").values_list("pk", flat=True))
    uses = ImageUse.objects.filter(article__in=found)
    images = list(uses.values_list("image", flat=True).distinct())
    Article.with_trashed.filter(pk__in=found).delete()
    delete_unused(images)
    return len(found)
