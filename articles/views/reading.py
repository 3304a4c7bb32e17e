"""Public pages: lists, articles, authors, tags, the archive."""

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
from articles.lazy_rendering import up_to_date
from articles.models import Article, Tag
from articles.querysets import ArticleQuerySet
from articles.schedule import next_due, published, steady_now
from articles.tag_counts import tags_in_use
from core.db.pagination import BoundedPaginator
from core.markdown.outline import outline
from core.page_cache.common_pages import public
from core.time_zone.local_time import month_range, year_range

NEWEST = 10
PER_PAGE = 20
# The fields that the bar above an article shows to its author and to editors.
OWNER_FIELDS = ("pk", "author_id", "status", "is_public", "publish_at", "hidden_reason")
public_page = public(until=next_due)
COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}


@public_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    articles = list(published().for_list()[:NEWEST])
    return render(request, "articles/index.html", {"articles": articles})


@public_page
@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    """The list of articles: a page for browsers, the notes' JSON for programs."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        page = page_of(request, published())
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


@public_page
@require_safe
def article_json(request: HttpRequest) -> JsonResponse:
    """The notes' pooled view: the ten newest articles by raw SQL."""
    result = {"code": 100, "msg": "成功", "result": queries.newest(NEWEST)}
    return JsonResponse(result, json_dumps_params=COMPACT)


@public_page
@require_safe
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
    """The values of the bar that the author and editors see above the article."""
    values = {name: getattr(article, name) for name in OWNER_FIELDS}
    return values | {"get_status_display": str(article.get_status_display())}


@public_page
@require_safe
def author(request: HttpRequest, username: str) -> HttpResponse:
    """The page of an author who has published; others are 404, so names cannot be probed."""
    person = get_user_model().objects.named(username).first()
    if person is None:
        raise Http404
    page = page_of(request, published().filter(author=person))
    if not page.paginator.count and person != request.user:
        raise Http404
    if person.username != username:
        return redirect("articles:author", person.username, permanent=True)
    return render(request, "articles/author.html", {"person": person, "page": page})


@public_page
@require_safe
def tag_list(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/tags.html", {"tags": tags_in_use()})


@public_page
@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """A tag's page. 404 if this reader may read none of its articles: the name may be secret."""
    found = get_object_or_404(Tag, slug=slug)
    page = page_of(request, published().filter(tags=found))
    if not page.paginator.count:
        get_list_or_404(readable_by(request.user).filter(tags=found)[:1])
    return render(request, "articles/tag.html", {"tag": found, "page": page})


@public_page
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/archive.html", {"months": months()})


@public_page
@require_safe
def period(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """The articles of a year or a month."""
    start, end = month_range(year, month) if month else year_range(year)
    page = page_of(request, published().filter(publish_at__gte=start, publish_at__lt=end))
    if not page.paginator.count:
        raise Http404
    context = {"page": page, "date": date(year, month or 1, 1), "month": month}
    return render(request, "articles/period.html", context)


def page_of(request: HttpRequest, articles: ArticleQuerySet) -> Page:
    """Returns the page of a list that ?page= names; for a wrong number the nearest one."""
    return BoundedPaginator(articles.for_list(), PER_PAGE).get_page(request.GET.get("page"))
