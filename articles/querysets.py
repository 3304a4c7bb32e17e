"""Named queries of tags and articles: every read of theirs that has more than one use."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self, TypeVar

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import NotSupportedError, models, transaction
from django.db.models import Q
from django.utils import timezone

from articles.slugs import tag_slug
from core.db.dated_queryset import DatedQuerySet

M = TypeVar("M", bound=models.Model)
TRASHED = "trashed"  # a status that trashing alone gives, and recovering alone ends
INDEXED_FIELDS = {"title", "summary", "excerpt", "body_html"}  # which search finds
LINK_FIELDS = ("title", "slug", "summary", "excerpt")  # which a link to an article shows


def is_public(moment: datetime | None, prefix: str = "") -> Q:
    """The condition that an article is public at `moment`; None is now.

    `prefix` leads to the article from another model, as in `articles__`.
    """
    until = moment or timezone.now()
    return Q(**{f"{prefix}status": "published", f"{prefix}publish_at__lte": until})


class TagManager(models.Manager[M]):
    def named(self, names: Iterable[str]) -> list[M]:
        """The tags with these names; missing ones are created.

        Names with the same slug give one tag.
        """
        wanted: dict[str, str] = {}
        for name in names:
            if name.strip():
                wanted.setdefault(tag_slug(name), name.strip())
        tags = {  # in one order for all, so that two writers do not lock crosswise
            slug: self.get_or_create(slug=slug, defaults={"name": wanted[slug]})[0]
            for slug in sorted(wanted)
        }
        return [tags[slug] for slug in wanted]

    def in_use(self, moment: datetime | None = None) -> models.QuerySet[M]:
        """Tags of articles that are public at `moment` (now), with their number as `uses`."""
        public = self.filter(is_public(moment, "articles__"))
        counted = public.annotate(uses=models.Count("articles"))
        return counted.order_by("slug")  # type: ignore[return-value]  # the stubs lose M


def search_texts(using: str) -> Any:
    return apps.get_model("articles", "SearchText").objects.db_manager(using)


class ArticleQuerySet(DatedQuerySet[M]):
    def update(self, **values: Any) -> int:
        """Updates the search index too, if a text is among the values."""
        if not INDEXED_FIELDS & values.keys():
            return super().update(**values)
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            keys = list(self.select_for_update().order_by("pk").values_list("pk", flat=True))
            changed = super().update(**values)
            search_texts(self.db).index(keys)
        return changed

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Writes the search index too. Raises NotSupportedError for `update_conflicts`: it does
        not tell which rows it has changed.
        """
        if kwargs.get("update_conflicts"):
            raise NotSupportedError("Articles have no bulk_create(update_conflicts=True).")
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            made = super().bulk_create(objs, *args, **kwargs)
            texts = search_texts(self.db)
            keys = {each.pk for each in made}
            if None in keys:  # MySQL returns none
                keys = set(texts.outdated().values_list("pk", flat=True))
            texts.index(keys)
        return made

    update.alters_data = bulk_create.alters_data = True  # type: ignore[attr-defined]

    def published(self, moment: datetime | None = None) -> Self:
        """Articles that an anonymous visitor may read at `moment` (now), newest first."""
        return self.filter(is_public(moment)).order_by("-publish_at", "-id")

    def written_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(author_id=user.pk) if user.is_authenticated else self.none()

    def editable_by(self, user: AbstractUser | AnonymousUser) -> Self:
        """The user's own articles; for staff with the right, all."""
        return self._own_or_all(user, "articles.change_article")

    def recorded_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """The articles whose history the user may see: own ones; for staff with the right, all."""
        return self._own_or_all(user, "articles.view_revision")

    def _own_or_all(self, user: AbstractUser | AnonymousUser, permission: str) -> Self:
        is_allowed = user.is_staff and user.has_perm(permission)
        return self.all() if is_allowed else self.written_by(user)

    def readable_by(
        self, user: AbstractUser | AnonymousUser, moment: datetime | None = None
    ) -> Self:
        """Articles public at `moment` (now) and the user's own; for staff with the right, all."""
        if user.is_staff and user.has_perm("articles.view_article"):
            return self.all()
        public = is_public(moment)
        return self.filter(public | Q(author_id=user.pk) if user.is_authenticated else public)

    def for_list(self) -> Self:
        """With author and tags in two further queries, without the long texts."""
        return self.defer("body", "body_html").prefetch_related("author", "tags")

    def links_after(self, at: datetime | None, pk: int) -> Self:
        """The articles after the one with this date and key, nearest first, to link to.

        The condition on the date alone is a range of the index article_newest: an OR is none.
        """
        later = Q(publish_at__gte=at) & (Q(publish_at__gt=at) | Q(id__gt=pk))
        return self.filter(later).order_by("publish_at", "id").only(*LINK_FIELDS)

    def links_before(self, at: datetime | None, pk: int) -> Self:
        """The articles before the one with this date and key, nearest first, to link to."""
        earlier = Q(publish_at__lte=at) & (Q(publish_at__lt=at) | Q(id__lt=pk))
        return self.filter(earlier).order_by("-publish_at", "-id").only(*LINK_FIELDS)


class LiveArticles(models.Manager.from_queryset(ArticleQuerySet)):  # type: ignore[misc]
    """Articles that are not in the trash."""

    def get_queryset(self) -> ArticleQuerySet:
        return super().get_queryset().exclude(status=TRASHED)
