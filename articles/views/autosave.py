"""Keeps what an author types, as the editor sends it (core/static/inkpool/editor/autosave.js).

A GET answers with a fresh CSRF token, for an editor that was opened before another sign-in.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from articles.creation import article_made_by_form, parse_token
from articles.models import Article, WorkingCopy
from articles.views.scripted import answers_signed_out
from articles.views.writing import may_write
from articles.working_copies import (
    LONGEST_STAMPS,
    MOST_NEW,
    OtherWindow,
    Place,
    Stamp,
    TooManyCopies,
    discard,
    parse_stamp,
    parse_stamps,
    store,
)
from articles.working_copy_form import WorkingCopyForm
from core.http.attempts import Limit, over
from core.http.error_pages import problem, too_many
from core.http.request_limits import takes_body

View = Callable[..., HttpResponse]
AUTOSAVES = Limit("autosave", 1_200, 10 * 60)  # for each account, in all its windows


@never_cache
@takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_http_methods(["GET", "HEAD", "POST"])
@answers_signed_out
@may_write
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Article.with_trashed.editable_by(request.user).only("pk"), pk=pk)
    return answer(request, Place(request.user.pk, pk))


@never_cache
@takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
@require_http_methods(["GET", "HEAD", "POST"])
@answers_signed_out
@may_write
def autosave_new(request: HttpRequest) -> HttpResponse:
    """For a form that has no article yet; if it has made one meanwhile, for that article."""
    if request.method != "POST":
        return token_answer(request)
    token = parse_token(request.POST.get("creation_token"))
    if token is None:
        return problem(request, 400, _("The token of the form is missing."))
    made = article_made_by_form(request.user, token)
    place = Place(request.user.pk, made.pk) if made else Place(request.user.pk, None, token)
    return answer(request, place)


def token_answer(request: HttpRequest) -> HttpResponse:
    """For the account `?user=` only: a text is not sent to the account that signed in after it."""
    if request.GET.get("user", str(request.user.pk)) != str(request.user.pk):
        return problem(request, 403, _("Another account has signed in meanwhile."))
    return JsonResponse({"token": get_token(request)})


def answer(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return token_answer(request)
    if "discard" in request.POST:
        return discarded(request, place)
    if wait := over(AUTOSAVES, str(request.user.pk)):
        return too_many(request, wait)
    form = WorkingCopyForm(request.POST)
    if not form.is_valid():
        return problem(request, 400, form.problem)
    return stored(request, place, form)


def stored(request: HttpRequest, place: Place, form: WorkingCopyForm) -> HttpResponse:
    stamp = Stamp(form.cleaned_data["window"], form.cleaned_data["sequence"])
    continues = parse_stamps(request.POST.get("copy", "")[:LONGEST_STAMPS])
    displaces = parse_stamp(request.POST.get("displaces"))
    try:
        kept = store(place, stamp, form.values, continues, displaces)
    except OtherWindow as other:
        return JsonResponse(described(other.stored), status=409)
    except TooManyCopies:
        detail = _("You have %d unsaved texts of new articles. Save or discard some of them.")
        return problem(request, 400, detail % MOST_NEW)
    return JsonResponse(described(kept))


def described(copy: WorkingCopy) -> dict[str, Any]:
    return {"copy": copy.stamp, "changed": copy.changed_at.isoformat()}


def discarded(request: HttpRequest, place: Place) -> HttpResponse:
    if discard(place, parse_stamp(request.POST["discard"])):
        messages.success(request, _("The unsaved text is discarded."))
    else:
        messages.info(request, _("Nothing was discarded: the unsaved text has changed meanwhile."))
    if place.article_id:
        return redirect("articles:edit", place.article_id)
    return redirect(reverse("articles:mine"))
