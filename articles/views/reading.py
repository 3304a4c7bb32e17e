"""What anybody may read: lists, articles, authors, tags, the archive."""

from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_list_or_404, get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from articles import queries
from articles.archive import months
from articles.due import next_due, published, steady_now
from articles.lazy_rendering import up_to_date
from articles.models import Article, Tag
from articles.querysets import ArticleQuerySet
from articles.tag_counts import tags_in_use
from core.db.pagination import BoundedPaginator
from core.markdown.outline import outline
from core.page_cache.common_pages import public
from core.time_zone.local_time import month_range, year_range

NEWEST = 10
PER_PAGE = 20
OWNED = ("pk", "author_id", "status", "is_public", "publish_at")  # what its author is told
for_all = public(until=next_due)
COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}


@require_safe
@for_all
def index(request: HttpRequest) -> HttpResponse:
    articles = list(published().for_list()[:NEWEST])
    return render(request, "articles/index.html", {"articles": articles})


@require_safe
@for_all
def article_list(request: HttpRequest) -> HttpResponse:
    """The list: a page for browsers, the notes' JSON for programs."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        page = listed(request, published())
        response = render(request, "articles/list.html", {"page": page})
    else:
        rows = published().values("id", "title", "author__username")[:NEWEST]
        found = [
            {"id": row["id"], "title": row["title"], "author": row["author__username"]}
            for row in rows
        ]
        response = JsonResponse(found, safe=False, json_dumps_params=COMPACT)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
@for_all
def article_json(request: HttpRequest) -> JsonResponse:
    """The notes' pooled view: the same ten, by raw SQL."""
    result = {"code": 100, "msg": "成功", "result": queries.newest(NEWEST)}
    return JsonResponse(result, json_dumps_params=COMPACT)


@require_safe
@for_all
def detail(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    article = with_parts(published()).filter(pk=pk).first()
    article = article or get_object_or_404(with_parts(readable_by(request.user)), pk=pk)
    if slug != article.slug:
        return redirect(article, permanent=True)
    article = up_to_date(article)  # its HTML may be of an older renderer
    is_public = article.is_public
    context = {
        "article": article,
        "outline": outline(article.body_html),
        "newer": article.next_by_date(steady_now()) if is_public else None,
        "older": article.previous_by_date(steady_now()) if is_public else None,
        "owned": owned(article),
    }
    return render(request, "articles/detail.html", context)


def with_parts(articles: ArticleQuerySet) -> ArticleQuerySet:
    return articles.select_related("author").prefetch_related("tags")


def readable_by(user: AbstractUser | AnonymousUser) -> ArticleQuerySet:
    return Article.objects.readable_by(user, steady_now())


def owned(article: Article) -> dict[str, Any]:
    """What the page tells the author above the article, as plain values."""
    values = {name: getattr(article, name) for name in OWNED}
    return values | {"get_status_display": str(article.get_status_display())}


@require_safe
@for_all
def author(request: HttpRequest, username: str) -> HttpResponse:
    """The page of an author who has published; others are 404, so names cannot be probed."""
    person = get_user_model().objects.named(username).first()
    if person is None:
        raise Http404
    page = listed(request, published().filter(author=person))
    if not page.paginator.count and person != request.user:
        raise Http404
    if person.username != username:
        return redirect("articles:author", person.username, permanent=True)
    return render(request, "articles/author.html", {"person": person, "page": page})


@require_safe
@for_all
def tag_list(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/tags.html", {"tags": tags_in_use()})


@require_safe
@for_all
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """404 until an article that this reader may read has the tag: its name may be a secret."""
    found = get_object_or_404(Tag, slug=slug)
    page = listed(request, published().filter(tags=found))
    if not page.paginator.count:
        get_list_or_404(readable_by(request.user).filter(tags=found)[:1])
    return render(request, "articles/tag.html", {"tag": found, "page": page})


@require_safe
@for_all
def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/archive.html", {"months": months()})


@require_safe
@for_all
def period(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """The articles of a year or a month."""
    start, end = month_range(year, month) if month else year_range(year)
    page = listed(request, published().filter(publish_at__gte=start, publish_at__lt=end))
    if not page.paginator.count:
        raise Http404
    context = {"page": page, "date": date(year, month or 1, 1), "month": month}
    return render(request, "articles/period.html", context)


def listed(request: HttpRequest, articles: ArticleQuerySet) -> Page:
    """The page of a list that ?page= names, the nearest one for a wrong number."""
    return BoundedPaginator(articles.for_list(), PER_PAGE).get_page(request.GET.get("page"))
