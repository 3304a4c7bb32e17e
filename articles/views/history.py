"""The history of an article: its revisions, their differences, restoring one; the trash."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from articles.difference import changes_between
from articles.models import Article, Revision, StatusChange
from articles.revisions import restore, stored_texts
from articles.status_changes import Action, change_status
from articles.trash import KEPT_FOR, trash_of
from articles.views.reading import PER_PAGE
from articles.views.writing import may_write, signed_in
from core.db.pagination import BoundedPaginator
from core.markdown import TextRefused

ENTRIES = 50  # revisions and changes of status on a page


@login_required
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    article = recorded_article(request, pk)
    revisions = article.revisions.defer("body", "tags").select_related("by")
    changes = article.status_changes.select_related("by")
    entries: list[Revision | StatusChange] = [*revisions, *changes]
    entries.sort(key=lambda each: (each.made_at, each.pk), reverse=True)
    page = Paginator(entries, ENTRIES).get_page(request.GET.get("page"))
    context = {
        "article": article,
        "page": page,
        "current": current_revision(article),
        "may_restore": may_restore(request, article),
    }
    return render(request, "articles/history.html", context)


@login_required
@require_safe
def revision(request: HttpRequest, pk: int, revision_pk: int) -> HttpResponse:
    """A revision: its difference from the one before it, or with ?from=stored from the article."""
    article = recorded_article(request, pk)
    found = get_object_or_404(article.revisions.select_related("by"), pk=revision_pk)
    before = article.revisions.exclude(origin=Revision.Origin.CONFLICT).filter(pk__lt=found.pk)
    with_stored = request.GET.get("from") == "stored"
    previous = None if with_stored else before.order_by("-pk").first()
    if with_stored:
        changes = changes_between(found.texts, stored_texts(article))
    else:
        changes = changes_between(previous.texts, found.texts) if previous else []
    context = {
        "article": article,
        "revision": found,
        "previous": previous,
        "with_stored": with_stored,
        "changes": changes,
        "may_restore": may_restore(request, article) and found.texts != stored_texts(article),
    }
    return render(request, "articles/revision.html", context)


@require_POST
@signed_in
@may_write
def restore_revision(request: HttpRequest, pk: int, revision_pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.editable_by(request.user), pk=pk)
    found = get_object_or_404(article.revisions, pk=revision_pk)
    try:
        article = restore(found, request.user)
    except TextRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("articles:revision", pk, revision_pk)
    except Article.DoesNotExist:  # trashed or purged at this moment
        raise Http404 from None
    messages.success(request, _("Restored. The text until then is in the history too."))
    return redirect("articles:history", article.pk)


@login_required
@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    found = trash_of(request.user).for_list()
    page = BoundedPaginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for article in page:
        article.gone_at = article.trashed_at + KEPT_FOR
    return render(request, "articles/trash.html", {"page": page, "days": KEPT_FOR.days})


@require_POST
@signed_in
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.with_trashed.written_by(request.user), pk=pk)
    change_status(pk, Action.RECOVERED, request.user)  # None if it is back already
    messages.success(request, _("“%(title)s” is back.") % {"title": article.title})
    return redirect("articles:short", pk)


def recorded_article(request: HttpRequest, pk: int) -> Article:
    user = cast(Any, request.user)
    return get_object_or_404(Article.with_trashed.recorded_for(user), pk=pk)


def may_restore(request: HttpRequest, article: Article) -> bool:
    editable = Article.objects.editable_by(cast(Any, request.user))
    return editable.filter(pk=article.pk).exists()


def current_revision(article: Article) -> int | None:
    """The key of the revision that is stored as the article now."""
    kept = article.revisions.exclude(origin=Revision.Origin.CONFLICT)
    return kept.order_by("-pk").values_list("pk", flat=True).first()
