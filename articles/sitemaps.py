"""Sitemaps: every public address, in sections of at most 10,000."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from articles.models import Article, Page, Tag
from articles.schedule import next_due, published
from articles.tag_counts import tags_in_use
from core.caching import cached
from core.guide import documents as guide


class ArticleSitemap(Sitemap):
    limit = 10_000

    def items(self) -> QuerySet[Article]:
        return published().only("slug", "updated_at", "publish_at")

    def lastmod(self, item: Article) -> datetime:
        return item.updated_at


class TagSitemap(Sitemap):
    limit = 10_000

    def items(self) -> list[Tag]:
        return tags_in_use()


class AuthorSitemap(Sitemap):
    limit = 10_000

    def items(self) -> QuerySet[Any]:
        authors = get_user_model().objects.filter(articles__in=published().order_by())
        return authors.annotate(latest=Max("articles__updated_at")).order_by("pk")

    def location(self, item: Any) -> str:
        return reverse("articles:author", args=[item.username])


class PageSitemap(Sitemap):
    def items(self) -> list[str]:
        names = ("articles:index", "articles:list", "articles:tags", "articles:archive", "about")
        addresses = {page.get_absolute_url() for page in Page.objects.only("slug")}
        return [*map(reverse, names), *sorted(addresses)]

    def location(self, item: str) -> str:
        return item


class GuideSitemap(Sitemap):
    def items(self) -> list[str]:
        return ["", *guide.slugs()]

    def location(self, item: str) -> str:
        return reverse("guide:page", args=[item]) if item else reverse("guide:index")


SITEMAPS: "dict[str, type[Sitemap[Any]] | Sitemap[Any]]" = {
    "pages": PageSitemap,
    "articles": ArticleSitemap,
    "authors": AuthorSitemap,
    "tags": TagSitemap,
    "docs": GuideSitemap,
}


def page_key(request: HttpRequest, **kwargs: str) -> str:
    """The cache key of a section: its path and page. Other parameters have no effect."""
    return f"{request.path}?p={request.GET.get('p', 1)}"


@cached(subjects=["articles", "users"], until=next_due)
def index(request: HttpRequest) -> HttpResponse:
    return views.index(request, SITEMAPS, sitemap_url_name="articles:sitemap")


@cached(subjects=["articles", "users"], until=next_due, make_cache_key=page_key)
def section(request: HttpRequest, section: str) -> HttpResponse:
    return views.sitemap(request, SITEMAPS, section)
