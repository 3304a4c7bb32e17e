"""The live tour at /docs/try/, for staff, and in development for everybody.

For others each URL below it is a 404, whatever the method and without a CSRF token. A GET of a
trial, as after a change of language, redirects to its section of the page.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from core.guide.trial_code import code_of_trials
from core.guide.trials import TRIALS, Row

View = Callable[..., HttpResponseBase]
TEMPLATE = "guide/try.html"
ROWS_MARKER = "<!-- rows -->"  # replaced by the rows of a stream


class Pair(forms.Form):
    """The name and password of the sign-in trial, which the browser must not fill in."""

    name = forms.CharField(
        label=_("User name"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    pwd = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    use_required_attribute = False  # empty fields can be tried, too


def context(**more: Any) -> dict[str, Any]:
    return {"pair": Pair(auto_id="try-%s"), "code": code_of_trials(), **more}


def is_admitted(request: HttpRequest) -> bool:
    return settings.DEBUG or bool(getattr(request.user, "is_staff", False))


def admitted(view: View) -> View:
    """404 for others, before CSRF and method are checked: their errors would reveal the page."""
    protected = csrf_protect(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if not is_admitted(request):
            raise Http404
        return protected(request, *args, **kwargs)

    return csrf_exempt(guarded)


@admitted
@require_safe
@never_cache
def tour(request: HttpRequest) -> HttpResponse:
    return render(request, TEMPLATE, context())


@admitted
@sensitive_post_parameters("name", "pwd")
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, name: str) -> HttpResponseBase:
    if name not in TRIALS:
        raise Http404
    if request.method != "POST":
        return redirect(f"{reverse('guide:tour')}#{name}")
    rows = TRIALS[name].run(request)
    if isinstance(rows, Iterator):
        return streamed(request, name, rows)
    return render(request, TEMPLATE, context(tried=name, rows=rows))


def streamed(request: HttpRequest, name: str, rows: Iterator[Row]) -> StreamingHttpResponse:
    """The page, with each row sent as soon as it is measured."""
    page = render_to_string(TEMPLATE, context(tried=name, seam=ROWS_MARKER), request)
    response = StreamingHttpResponse(parts(page, rows))
    response["X-Accel-Buffering"] = "no"  # otherwise nginx holds the rows back until the end
    return response


def parts(page: str, rows: Iterator[Row]) -> Iterator[str]:
    before, _marker, after = page.partition(ROWS_MARKER)
    yield before
    for label, value in rows:
        yield render_to_string("guide/row.html", {"label": label, "value": value})
    yield after
