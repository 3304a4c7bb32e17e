"""What every request needs (Flask: before_request and after_request), as functions.

Promises: forwarded headers count only from DJANGO_TRUSTED_PROXIES; every page carries the
Content-Security-Policy of SECURE_CSP.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.http.error_pages import problem
from core.http.https_redirects import claims_https, note_redirect
from core.http.proxies import FOR, FORWARDED, PROTO, visit
from core.library_patches import is_logged, mark_as_logged

GetResponse = Callable[[HttpRequest], HttpResponse]
DROPPED = (FOR, PROTO, FORWARDED, "HTTP_X_FORWARDED_HOST")


def trusted_proxies(get_response: GetResponse) -> GetResponse:
    """Take scheme and address from a trusted proxy; drop what anybody else claims."""

    def middleware(request: HttpRequest) -> HttpResponse:
        address, scheme = visit(request.META)
        peer, is_claimed = request.META.get("REMOTE_ADDR", ""), claims_https(request.META)
        for header in DROPPED:
            request.META.pop(header, None)
        request.META["REMOTE_ADDR"] = address
        if scheme is not None:  # where SECURE_PROXY_SSL_HEADER looks for it
            request.META[PROTO] = scheme
        if is_claimed:
            note_redirect(request, peer)
        return get_response(request)

    return middleware


def method_not_allowed(get_response: GetResponse) -> GetResponse:
    """405 with a page: Django's own is blank."""

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
    """Django 6's SECURE_CSP; goes away with the upgrade."""
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):  # Django's debug pages
            response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware
