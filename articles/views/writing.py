"""Views for an author's own articles; those of other accounts are 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from articles.creation import article_made_by_form, parse_token
from articles.difference import changes_between
from articles.forms import ArticleForm, EditConflict
from articles.language import language_of
from articles.models import Article
from articles.revisions import stored_texts
from articles.status_changes import Action, change_status
from articles.trash import KEPT_FOR
from articles.working_copies import Place, unsaved_texts
from core.backends.form_renderer import form_status
from core.http.attempts import Limit, over
from core.http.error_pages import prefers_json, problem, sign_in_first
from core.http.request_limits import takes_body
from core.http.returned_forms import gives_back
from core.markdown.remarks import remarks

View = Callable[..., HttpResponse]
editor = gives_back(ArticleForm, "save", "publish", "preview")
PREVIEWS = Limit("preview", 60, 10 * 60)  # for each account
CONFLICT = gettext_noop(
    "This article was saved elsewhere after you had opened it. Nothing is lost: your text is in "
    "the form and in the history, and the stored text is shown with its differences. Save again "
    "to put yours in its place, or take the stored one."
)
IN_TRASH = gettext_noop(
    "This article was moved to the trash after you had opened it. Nothing is lost: your text is "
    "in its history. Bring the article back from the trash, then save again."
)


def of_another_account(request: HttpRequest) -> HttpResponse | None:
    """403 for a form that was opened by another account, which its field `account` names.

    The token of a form is not enough: a sign-in at a Flask application (FLASK_BRIDGE) keeps it.
    """
    account = request.POST.get("account")
    if account is None or account == str(request.user.pk):
        return None
    return problem(request, 403, _("Another account has signed in meanwhile."))


def signed_in(view: View) -> View:
    """login_required for pages that take POST: the text is kept, and a POST stays a POST."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return of_another_account(request) or view(request, *args, **kwargs)
        if (
            request.method == "POST" and "pk" in kwargs
        ):  # after sign-in the reader returns to the article
            return sign_in_first(request, reverse("articles:short", args=[kwargs["pk"]]))
        return sign_in_first(request)

    return guarded


def may_write(view: View) -> View:
    """For the signed-in: 403 for an account that has lost the role of an author."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.has_perm("articles.add_article"):
            return view(request, *args, **kwargs)
        return problem(request, 403, _("Your account may read but not write. Ask the team."))

    return guarded


@editor
@takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@may_write
def new(request: HttpRequest, token: UUID | None = None) -> HttpResponse:
    """The form of a new article. Sent again, or reached by Back, it edits that article."""
    token = parse_token(request.POST.get("creation_token") if request.POST else token)
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
@may_write
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.with_trashed.editable_by(request.user), pk=pk)
    if article.trashed_at and request.method != "POST":  # a POST keeps its text: see refuse()
        messages.info(request, _("This article is in the trash. Bring it back to edit it."))
        return redirect("articles:trash")
    return edit_article(request, article)


def edit_article(request: HttpRequest, article: Article) -> HttpResponse:
    form = ArticleForm(request.POST if request.method == "POST" else None, instance=article)
    context: dict[str, Any] = {"form": form, "article": article}
    if not form.is_bound:
        context |= unsaved_text(request, form)
    context["creation_address"] = form.creation_address
    context["zone"] = settings.TIME_ZONE
    context["body_limit"] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if "preview" in request.POST:
        return preview(request, form, context)
    if not form.is_valid():
        return render(request, "articles/edit.html", context, status=form_status(form))
    was_draft = article.status == Article.Status.DRAFT
    try:
        form.save(by=request.user, publish="publish" in request.POST)
    except EditConflict:
        return refuse(request, form, context)
    if prefers_json(request):  # the editor's script, which stays on the page
        return saved_in_place(article)
    publishing = was_draft and article.status == Article.Status.PUBLISHED
    messages.success(request, _("Published.") if publishing and article.is_public else _("Saved."))
    for remark in remarks(article.body, article.body_html):
        messages.warning(request, remark)
    return redirect(article)


def saved_in_place(article: Article) -> HttpResponse:
    """The values that the editor needs for its next save, and the remarks on the text."""
    return JsonResponse(
        {
            "saved": article.updated_at.isoformat(),
            "place": str(article.pk),
            "edit": reverse("articles:edit", args=[article.pk]),
            "address": article.get_absolute_url(),
            "history": reverse("articles:history", args=[article.pk]),
            "autosave": reverse("articles:autosave", args=[article.pk]),
            "remarks": [str(remark) for remark in remarks(article.body, article.body_html)],
        }
    )


def unsaved_text(request: HttpRequest, form: ArticleForm) -> dict[str, Any]:
    """The context of the offer to go on with an unsaved text, or of a form that shows it."""
    article = form.instance
    if article.pk is None and article.creation_token is None:
        newest = unsaved_texts(request.user.pk).first()
        return {"copy": newest} if newest and newest.is_open else {}
    stored = Place(request.user.pk, article.pk, article.creation_token).copies().first()
    if stored is None or not stored.is_open:
        return {"known": stored.stamp if stored else ""}
    if article.pk is None or "unsaved" in request.GET:
        form.fill_from(stored)
        return {"shows_copy": stored}
    changes = changes_between(stored_texts(article), stored.texts)
    return {"copy": stored, "copy_changes": changes} if changes else {"known": stored.stamp}


def refuse(request: HttpRequest, form: ArticleForm, context: dict[str, Any]) -> HttpResponse:
    """The editor (409) with the stored text and its difference from the typed one, which is kept in
    the history."""
    context["refused"] = form.keep_refused(request.user)
    stored = get_object_or_404(Article.with_trashed, pk=form.instance.pk)
    context["stored"] = stored
    context["changes"] = changes_between(stored_texts(stored), context["refused"].texts)
    form.add_error(None, _(IN_TRASH if stored.trashed_at else CONFLICT))
    form.allow_overwrite(stored)
    form.instance.refresh_from_db(fields=["status", "publish_at"])
    return render(request, "articles/edit.html", context, status=409)


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
    found = remarks(article.body, article.body_html)
    return {"preview": article.body_html, "language": language, "remarks": found}


@require_POST
@signed_in
@may_write
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return changed(request, pk, Action.PUBLISHED, _("Published."))


@require_POST
@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return changed(request, pk, Action.WITHDRAWN, _("Back among your drafts."))


def changed(request: HttpRequest, pk: int, action: str, message: str) -> HttpResponse:
    """Publishes or withdraws an author's article, unless an editor has hidden it."""
    own = Article.objects.written_by(request.user).exclude(status=Article.Status.HIDDEN)
    article = get_object_or_404(own, pk=pk)
    if change_status(pk, action, request.user):
        messages.success(request, message)
    else:  # a second click, or another window
        article.refresh_from_db(fields=["status"])
        status = article.get_status_display()
        messages.info(request, _("Nothing was changed. Status: %(status)s") % {"status": status})
    return redirect(article)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.written_by(request.user), pk=pk)
    if request.method != "POST":
        context = {"article": article, "days": KEPT_FOR.days}
        return render(request, "articles/delete.html", context)
    change_status(pk, Action.TRASHED, request.user)  # None if another window was faster
    messages.success(request, _("“%(title)s” is in the trash.") % {"title": article.title})
    return redirect("articles:mine")
