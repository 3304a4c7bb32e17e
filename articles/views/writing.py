from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles import queries
from articles.forms import ArticleForm
from articles.models import Article, ArticleQuerySet
from core.pagination import BoundedPaginator

NEWEST = 10
PER_PAGE = 20
COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    articles = Article.objects.published().for_list()[:NEWEST]
    return render(request, "articles/index.html", {"articles": articles})


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    """The list: a page for browsers, the notes' JSON for programs."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        page = page_of(request, Article.objects.published())
        response = render(request, "articles/list.html", {"page": page})
    else:
        rows = Article.objects.published().values("id", "title", "author__username")[:NEWEST]
        found = [
            {"id": row["id"], "title": row["title"], "author": row["author__username"]}
            for row in rows
        ]
        response = JsonResponse(found, safe=False, json_dumps_params=COMPACT)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def article_json(request: HttpRequest) -> JsonResponse:
    """The notes' pooled view: the same ten, by raw SQL."""
    result = {"code": 100, "msg": "成功", "result": queries.newest(NEWEST)}
    return JsonResponse(result, json_dumps_params=COMPACT)


@require_safe
def detail(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    readable = Article.objects.readable_by(request.user).select_related("author")
    article = get_object_or_404(readable.prefetch_related("tags"), pk=pk)
    if slug != article.slug:
        return redirect(article, permanent=True)
    return render(request, "articles/detail.html", {"article": article})


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    own = Article.objects.editable_by(request.user).order_by("-updated_at", "-id")
    return render(request, "articles/mine.html", {"page": page_of(request, own)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    article = Article(author_id=request.user.pk)  # type: ignore[misc]  # a user, by login_required
    return edit_article(request, article)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.editable_by(request.user), pk=pk)
    return edit_article(request, article)


def edit_article(request: HttpRequest, article: Article) -> HttpResponse:
    form = ArticleForm(request.POST if request.method == "POST" else None, instance=article)
    if not form.is_valid():
        return render(request, "articles/edit.html", {"form": form, "article": article})
    if "publish" in request.POST and article.status == Article.Status.DRAFT:
        article.status = Article.Status.PUBLISHED
    form.save()
    messages.success(request, _("Published.") if article.is_public else _("Saved."))
    return redirect(article)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return change_status(request, pk, Article.Status.PUBLISHED, _("Published."))


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return change_status(request, pk, Article.Status.DRAFT, _("Back among your drafts."))


def change_status(request: HttpRequest, pk: int, status: str, message: str) -> HttpResponse:
    """An author's own decision; what an editor has hidden stays hidden."""
    own = Article.objects.editable_by(request.user).exclude(status=Article.Status.HIDDEN)
    article = get_object_or_404(own, pk=pk)
    article.status = status
    article.save(update_fields=["status"])
    messages.success(request, message)
    return redirect(article)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.editable_by(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "articles/delete.html", {"article": article})
    article.delete()
    messages.success(request, _("“%(title)s” is deleted.") % {"title": article.title})
    return redirect("articles:mine")


def page_of(request: HttpRequest, articles: ArticleQuerySet) -> Page:
    """The page that ?page= names, the nearest there is for a wrong number."""
    return BoundedPaginator(articles.for_list(), PER_PAGE).get_page(request.GET.get("page"))
