"""The history of an article: its revisions, their differences, restoring one; the trash."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import BooleanField, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from articles.difference import changes_between
from articles.models import Article, Revision, StatusChange
from articles.revisions import restore, stored_texts
from articles.status_changes import Action, administers, change_status, may_recover
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
    page = Paginator(dated_keys(article), ENTRIES).get_page(request.GET.get("page"))
    page.object_list = entries_of(page.object_list)
    context = {
        "article": article,
        "page": page,
        "current": current_revision(article),
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
    stored = stored_texts(article)
    if with_stored:
        changes = changes_between(found.texts, stored)
    else:
        changes = changes_between(previous.texts, found.texts) if previous else []
    context = {
        "article": article,
        "revision": found,
        "previous": previous,
        "with_stored": with_stored,
        "changes": changes,
        "may_restore": found.texts != stored and may_restore(request, article),
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
    with_team = administers(request.user)
    found = trash_of(request.user, with_team=with_team).defer("body", "body_html")
    paginator = BoundedPaginator(found.prefetch_related("author"), PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    for article in page:
        article.gone_at = article.trashed_at + KEPT_FOR
        article.may_come_back = with_team or not article.trashed_by_team
    context = {"page": page, "days": KEPT_FOR.days, "with_team": with_team}
    return render(request, "articles/trash.html", context)


@require_POST
@signed_in
@may_write
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    articles = Article.with_trashed.all()
    may_see = articles if administers(request.user) else articles.written_by(request.user)
    article = get_object_or_404(may_see, pk=pk)
    if article.trashed_at and not may_recover(article, request.user):
        messages.error(request, _("The team deleted this article; only the team brings it back."))
        return redirect("articles:trash")
    change_status(pk, Action.RECOVERED, request.user)  # None if it is back already
    messages.success(request, _("“%(title)s” is back.") % {"title": article.title})
    return redirect("articles:short", pk)


def recorded_article(request: HttpRequest, pk: int) -> Article:
    user = cast(Any, request.user)
    recorded = Article.with_trashed.recorded_for(user).defer("body_html")
    return get_object_or_404(recorded, pk=pk)


def dated_keys(article: Article) -> QuerySet[Any, Any]:
    """Time, key and kind of all entries, newest first; the database sorts and cuts them."""
    columns = ("made_at", "pk", "is_revision")
    kinds: list[tuple[Any, bool]] = [(article.revisions, True), (article.status_changes, False)]
    revisions, changes = (
        found.annotate(is_revision=Value(kind, BooleanField())).order_by().values_list(*columns)
        for found, kind in kinds
    )
    return revisions.union(changes, all=True).order_by("-made_at", "-pk")


def entries_of(rows: Iterable[Any]) -> list[Revision | StatusChange]:
    """The entries with these rows of dated_keys(), without the texts."""
    listed = [(bool(is_revision), pk) for _, pk, is_revision in rows]
    revisions = Revision.objects.defer("body", "tags").select_related("by")
    changes = StatusChange.objects.select_related("by")
    found: dict[tuple[bool, int], Revision | StatusChange] = {}
    for kind, entries in ((True, revisions), (False, changes)):
        keys = [pk for is_revision, pk in listed if is_revision == kind]
        found |= {(kind, each.pk): each for each in entries.filter(pk__in=keys)}
    return [found[each] for each in listed if each in found]  # others are thinned meanwhile


def may_restore(request: HttpRequest, article: Article) -> bool:
    editable = Article.objects.editable_by(cast(Any, request.user))
    return editable.filter(pk=article.pk).exists()


def current_revision(article: Article) -> int | None:
    """The key of the revision that is stored as the article now."""
    kept = article.revisions.exclude(origin=Revision.Origin.CONFLICT)
    return kept.order_by("-pk").values_list("pk", flat=True).first()
