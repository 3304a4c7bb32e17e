"""The live tour, /docs/try/: for the staff, and for everybody in development; 404 otherwise."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.guide.trials import TRIALS, Rows


@require_safe
@never_cache
def tour(request: HttpRequest) -> HttpResponse:
    return shown(request, "", [])


@require_POST
def trial(request: HttpRequest, name: str) -> HttpResponse:
    admit(request)
    if name not in TRIALS:
        raise Http404
    return shown(request, name, TRIALS[name](request))


def shown(request: HttpRequest, name: str, rows: Rows) -> HttpResponse:
    admit(request)
    return render(request, "guide/try.html", {"tried": name, "rows": rows})


def admit(request: HttpRequest) -> None:
    """Raises Http404 for those who may not take it."""
    if not (settings.DEBUG or getattr(request.user, "is_staff", False)):
        raise Http404
