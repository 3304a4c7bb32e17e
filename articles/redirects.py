"""Answers addresses that are no page of this site, and were one of an earlier site's."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http import HttpResponseRedirect as FoundRedirect
from django.utils.translation import gettext as _

from articles.models import Redirect
from core.http import GetResponse
from core.http.error_pages import problem


def redirects(get_response: GetResponse) -> GetResponse:
    """Middleware that asks for a redirect when the answer is a 404."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
            return response
        found = Redirect.at(request.path_info)
        return (found and answer(request, found)) or response

    return middleware


def answer(request: HttpRequest, found: Redirect) -> HttpResponse | None:
    """None if it leads to an article that is not public: its address would tell the title."""
    if found.status == Redirect.Status.GONE:
        return problem(request, 410, _("This page is gone for good."))
    target = found.target()
    if target is None:
        return None
    kind = FoundRedirect
    if found.status == Redirect.Status.MOVED:
        kind = HttpResponsePermanentRedirect  # type: ignore[assignment]
    return kind(target)
