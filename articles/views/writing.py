"""Views for an author's own articles; those of other accounts are 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.creation import article_made_by_form, parse_token
from articles.forms import ArticleForm, EditConflict
from articles.language import language_of
from articles.models import Article
from articles.views.reading import PER_PAGE
from core.backends.form_renderer import form_status
from core.db.pagination import BoundedPaginator
from core.http.attempts import Limit, over
from core.http.error_pages import sign_in_first
from core.http.request_limits import takes_body
from core.http.returned_forms import gives_back
from core.markdown.remarks import remarks

View = Callable[..., HttpResponse]
editor = gives_back(ArticleForm, "save", "publish", "preview")
PREVIEWS = Limit("preview", 60, 10 * 60)  # for each account
CONFLICT = gettext_noop(
    "This article was saved elsewhere after you had opened it. Nothing is lost: your text is "
    "below, the other stands in the article. Saving again puts yours in its place."
)


def signed_in(view: View) -> View:
    """login_required for pages that take POST: the text is kept, and a POST stays a POST."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if (
            request.method == "POST" and "pk" in kwargs
        ):  # after sign-in the reader returns to the article
            return sign_in_first(request, reverse("articles:short", args=[kwargs["pk"]]))
        return sign_in_first(request)

    return guarded


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    own = Article.objects.editable_by(request.user).order_by("-updated_at", "-id")
    page = BoundedPaginator(own.for_list(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "articles/mine.html", {"page": page})


@editor
@takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest, token: UUID | None = None) -> HttpResponse:
    """The form of a new article. Sent again, or reached by Back, it edits that article."""
    token = parse_token(request.POST.get("creation_token")) if request.POST else token
    made = article_made_by_form(request.user, token)
    if made and request.method != "POST":
        return redirect("articles:edit", made.pk)
    article = made or Article(author_id=request.user.pk, creation_token=token)  # type: ignore[misc]
    try:
        return edit_article(request, article)
    except IntegrityError:  # the same form was sent at the same moment, and has made the article
        made = article_made_by_form(request.user, token)
        if made is None:
            raise
        return edit_article(request, made)


@editor
@takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.editable_by(request.user), pk=pk)
    return edit_article(request, article)


def edit_article(request: HttpRequest, article: Article) -> HttpResponse:
    form = ArticleForm(request.POST if request.method == "POST" else None, instance=article)
    context: dict[str, Any] = {"form": form, "article": article}
    context["creation_address"] = form.creation_address
    context["body_limit"] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if "preview" in request.POST:
        return preview(request, form, context)
    if not form.is_valid():
        return render(request, "articles/edit.html", context, status=form_status(form))
    publishing = "publish" in request.POST and article.status == Article.Status.DRAFT
    if publishing:
        article.status = Article.Status.PUBLISHED
    try:
        form.save()
    except EditConflict:
        form.add_error(None, _(CONFLICT))
        form.allow_overwrite()
        article.refresh_from_db(fields=["status", "publish_at"])
        return render(request, "articles/edit.html", context, status=409)
    messages.success(request, _("Published.") if publishing and article.is_public else _("Saved."))
    for remark in remarks(article.body):
        messages.warning(request, remark)
    return redirect(article)


def preview(request: HttpRequest, form: ArticleForm, context: dict[str, Any]) -> HttpResponse:
    """The editor with the rendered text below it. Previews are counted, as they take time."""
    if wait := over(PREVIEWS, str(request.user.pk)):
        form.refuse_preview(wait)
        response = render(request, "articles/edit.html", context, status=429)
        response["Retry-After"] = str(wait)
        return response
    form.is_valid()
    if "body" not in form.errors:
        context |= preview_of(form.instance)
    return render(request, "articles/edit.html", context, status=form_status(form))


def preview_of(article: Article) -> dict[str, Any]:
    """`article` holds the text that is_valid() of its form has rendered."""
    language = language_of(article.excerpt)
    return {"preview": article.body_html, "language": language, "remarks": remarks(article.body)}


@require_POST
@signed_in
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return change_status(request, pk, Article.Status.PUBLISHED, _("Published."))


@require_POST
@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return change_status(request, pk, Article.Status.DRAFT, _("Back among your drafts."))


def change_status(request: HttpRequest, pk: int, status: str, message: str) -> HttpResponse:
    """Publishes or withdraws an author's article, unless an editor has hidden it."""
    own = Article.objects.editable_by(request.user).exclude(status=Article.Status.HIDDEN)
    article = get_object_or_404(own, pk=pk)
    article.status = status
    article.save(update_fields=["status"])
    messages.success(request, message)
    return redirect(article)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.editable_by(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "articles/delete.html", {"article": article})
    article.delete()
    messages.success(request, _("“%(title)s” is deleted.") % {"title": article.title})
    return redirect("articles:mine")
