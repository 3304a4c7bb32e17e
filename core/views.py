"""Error pages: HTML for browsers, application/problem+json (RFC 9457) for programs.

Promises: they need neither database nor session, so they work when those do not.
"""

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 400, _("This request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 403, _("You may not see or do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = _(
        "The form was too old, or your browser keeps no cookies. Go back, reload the page "
        "and send the form again."
    )
    return problem(request, 403, detail)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, _("There is no page at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(request, 500, _("Something broke on our side. Please try again later."))


def problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """An answer that says what went wrong, in the form the client prefers."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        title = HTTPStatus(status).phrase
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        response = HttpResponse(json.dumps(body, ensure_ascii=False), "application/problem+json")
    else:
        page = {"status": status, "detail": detail}
        response = HttpResponse(loader.render_to_string("error.html", page))
    response.status_code = status
    patch_vary_headers(response, ["Accept"])
    return response
