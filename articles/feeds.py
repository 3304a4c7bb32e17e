"""RSS and Atom feeds of the site, of an author and of a tag."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.syndication.views import Feed
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import Article, Tag
from articles.querysets import ArticleQuerySet
from articles.schedule import next_due, published
from core.caching import cached
from core.db.text import printable

View = Callable[..., HttpResponse]
NEWEST = 20


class SiteFeed(Feed):
    description = subtitle = gettext_lazy("The newest articles")

    def articles(self, source: Any) -> ArticleQuerySet:
        return published()

    def title(self, source: Any) -> str:
        return str(settings.INKPOOL_SITE_NAME)

    def link(self, source: Any) -> str:
        return reverse("articles:index")

    def items(self, source: Any) -> ArticleQuerySet:
        return self.articles(source).for_list()[:NEWEST]

    def item_title(self, item: Article) -> str:
        return printable(item.title)

    def item_description(self, item: Article) -> str:
        return printable(item.lead)

    def item_author_name(self, item: Article) -> str:
        return printable(item.author_name)

    def item_categories(self, item: Article) -> list[str]:
        return [printable(tag.name) for tag in item.tags.all()]

    def item_pubdate(self, item: Article) -> datetime | None:
        return item.publish_at

    def item_updateddate(self, item: Article) -> datetime:
        return item.updated_at

    item_guid_is_permalink = False

    def item_guid(self, item: Article) -> str:
        """An id that stays the same when the article's title or the host changes."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{item.pk} {item.created_at.isoformat()}").urn


class AuthorFeed(SiteFeed):
    def get_object(self, request: HttpRequest, username: str) -> AbstractUser:
        try:
            person = get_user_model().objects.get_by_natural_key(username)
        except ObjectDoesNotExist:
            raise Http404 from None
        if not self.articles(person).exists():
            raise Http404
        return person

    def articles(self, source: AbstractUser) -> ArticleQuerySet:
        return published().filter(author_id=source.pk)

    def title(self, source: AbstractUser) -> str:
        return title_on_site(source)

    def link(self, source: AbstractUser) -> str:
        return reverse("articles:author", args=[source.username])


class TagFeed(SiteFeed):
    def get_object(self, request: HttpRequest, slug: str) -> Tag:
        tag = Tag.objects.get(slug=slug)  # Feed answers 404 if there is no such tag
        if not self.articles(tag).exists():
            raise Http404
        return tag

    def articles(self, source: Tag) -> ArticleQuerySet:
        return published().filter(tags=source)

    def title(self, source: Tag) -> str:
        return title_on_site(source)

    def link(self, source: Tag) -> str:
        return source.get_absolute_url()


def title_on_site(source: AbstractUser | Tag) -> str:
    names = {"name": printable(str(source)), "site": settings.INKPOOL_SITE_NAME}
    return _("%(name)s on %(site)s") % names


def feed_view(feed: type[SiteFeed], kind: type[SyndicationFeed]) -> View:
    """Returns the view of a feed, whose responses all workers of a host share."""
    feed_in_format = type(feed.__name__, (feed,), {"feed_type": kind})()

    @cached(subjects=["articles", "users"], until=next_due)
    def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
        return feed_in_format(request, **kwargs)

    return view


FEEDS = {
    name: [feed_view(feed, kind) for feed in (SiteFeed, AuthorFeed, TagFeed)]
    for name, kind in {"rss": Rss201rev2Feed, "atom": Atom1Feed}.items()
}
