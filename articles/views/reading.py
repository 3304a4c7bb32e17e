"""What anybody may read: lists, articles, authors, tags, the archive."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_list_or_404, get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from articles import queries
from articles.archive import months
from articles.due import next_due, published, steady_now
from articles.lazy_rendering import up_to_date
from articles.models import Article, ArticleQuerySet, Tag
from articles.shown import counted, person_named, public_article
from articles.tag_counts import tags_in_use
from core.markdown.outline import outline
from core.page_cache.serving import public
from core.time_zone.local_time import month_range, year_range

NEWEST = 10
PER_PAGE = 20
for_strangers = public(until=next_due)
COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}


@require_safe
@for_strangers
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/index.html", {"articles": newest})


def newest() -> list[Article]:
    return list(published().for_list()[:NEWEST])


@require_safe
@for_strangers
def article_list(request: HttpRequest) -> HttpResponse:
    """The list: a page for browsers, the notes' JSON for programs."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        context = listed(request, ("all",), published)
        response = render(request, "articles/list.html", context)
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
@for_strangers
def article_json(request: HttpRequest) -> JsonResponse:
    """The notes' pooled view: the same ten, by raw SQL."""
    result = {"code": 100, "msg": "成功", "result": queries.newest(NEWEST)}
    return JsonResponse(result, json_dumps_params=COMPACT)


@require_safe
@for_strangers
def detail(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    public = public_article(pk)
    article = public or get_object_or_404(readable_by(request.user), pk=pk)
    if slug != article.slug:
        return redirect(article, permanent=True)
    reader = AnonymousUser() if public else request.user
    context = {
        "article": article,
        "public": pk if public else None,  # what is not is never shared
        "described": (lambda: described(pk)) if public else lambda: up_to_date(article),
        "shown": lambda: shown(readable_by(reader), pk),
    }
    return render(request, "articles/detail.html", context)


def readable_by(user: AbstractUser | AnonymousUser) -> ArticleQuerySet:
    return Article.objects.readable_by(user, steady_now())


def described(pk: int) -> Article:
    """What the head of a public article's page tells of it. Raises Http404."""
    article = public_article(pk)
    if article is None:
        raise Http404
    try:
        return up_to_date(article)  # its lead may be out of date
    except Article.DoesNotExist:  # deleted between the two readings
        raise Http404 from None


def shown(readable: ArticleQuerySet, pk: int) -> dict[str, Any]:
    """An article with all that its page shows of it. Raises Http404."""
    related = readable.select_related("author").prefetch_related("tags")
    article = up_to_date(get_object_or_404(related, pk=pk))
    return {
        "article": article,
        "outline": outline(article.body_html),
        "newer": article.next_by_date(steady_now()) if article.is_public else None,
        "older": article.previous_by_date(steady_now()) if article.is_public else None,
    }


@require_safe
@for_strangers
def author(request: HttpRequest, username: str) -> HttpResponse:
    """The page of somebody who has published; of nobody else, so names cannot be probed."""
    person = person_named(username)
    if person is None:
        raise Http404
    pk = person.pk
    context = listed(request, ("author", pk), lambda: published().filter(author_id=pk))
    if not context["page"].paginator.count and person != request.user:
        raise Http404
    if person.username != username:
        return redirect("articles:author", person.username, permanent=True)
    return render(request, "articles/author.html", {"person": person, **context})


@require_safe
@for_strangers
def tag_list(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/tags.html", {"tags": tags_in_use})


@require_safe
@for_strangers
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """404 until an article that this reader may read has the tag: its name may be a secret."""
    found = get_object_or_404(Tag, slug=slug)
    context = listed(request, ("tag", found.pk), lambda: published().filter(tags=found))
    if not context["page"].paginator.count:
        get_list_or_404(readable_by(request.user).filter(tags=found)[:1])
    return render(request, "articles/tag.html", {"tag": found, **context})


@require_safe
@for_strangers
def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/archive.html", {"months": months})


@require_safe
@for_strangers
def period(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """The articles of a year or a month."""
    start, end = month_range(year, month) if month else year_range(year)
    within = Q(publish_at__gte=start, publish_at__lt=end)
    context = listed(request, ("period", year, month), lambda: published().filter(within))
    if not context["page"].paginator.count:
        raise Http404
    context |= {"date": date(year, month or 1, 1), "year": year, "month": month or 0}
    return render(request, "articles/period.html", context)


def listed(
    request: HttpRequest, key: tuple[Any, ...], articles: Callable[[], ArticleQuerySet]
) -> dict[str, Any]:
    """The page of a list that ?page= names, the nearest one for a wrong number, and a function
    that reads its articles.

    `articles()` begins anew each time: its moment must be from after the generation was read under
    which the block of the page is kept.
    """
    page = counted(key, articles, PER_PAGE).get_page(request.GET.get("page"))
    first = (page.number - 1) * PER_PAGE
    return {"page": page, "items": lambda: list(articles().for_list()[first : first + PER_PAGE])}
