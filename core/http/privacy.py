"""Keeps private responses out of every cache (Flask: Cache-Control in after_request).

Guarantees: the response to a request with a session, a message or Authorization, and one that sets
a cookie, is `private, no-store`, error pages included. After signing out neither the browser's Back
nor a proxy shows it. Responses to anonymous visitors are not changed, nor immutable ones: pictures.
While FLASK_BRIDGE is on, a session of the Flask application counts as well.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from core.http import GetResponse

MESSAGES = "messages"  # the cookie of django.contrib.messages


def private_pages(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.cookies and is_immutable(response):
            for name in ("Vary", "Content-Language"):  # which LocaleMiddleware adds everywhere
                response.headers.pop(name, None)
        elif response.cookies or not is_anonymous(request):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def is_immutable(response: HttpResponse) -> bool:
    """Whether its view says that the response is the same for all, forever."""
    return "immutable" in response.get("Cache-Control", "")


def is_anonymous(request: HttpRequest) -> bool:
    bridged = getattr(settings, "INKPOOL_FLASK_COOKIE", None)  # a project with copied parts
    own = {settings.SESSION_COOKIE_NAME, bridged, MESSAGES}
    return own.isdisjoint(request.COOKIES) and "HTTP_AUTHORIZATION" not in request.META
