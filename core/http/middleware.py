"""Small middleware for every response (Flask: after_request): the 405 page and the CSP."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.http import GetResponse
from core.http.error_pages import problem
from core.library_patches import is_logged, mark_as_logged


def method_not_allowed(get_response: GetResponse) -> GetResponse:
    """Gives a 405 a page: Django's own has no content."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = problem(request, 405, _("This page does not accept this request method."))
        page["Allow"] = response["Allow"]
        if is_logged(response):
            mark_as_logged(page)
        return page

    return middleware


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Sends Django 6's SECURE_CSP; Django 6 has a middleware of its own."""
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):  # Django's debug pages
            response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware
