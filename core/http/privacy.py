"""Keeps private answers out of every cache (Flask: Cache-Control in after_request).

Promises: what answers a request with a session, a message or Authorization, and what sets a
cookie, is `private, no-store`, error pages included: after signing out, Back shows nothing, nor
does a proxy. What a stranger is shown is left as it is.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from core.http.middleware import GetResponse

MESSAGES = "messages"  # the cookie of django.contrib.messages


def private_pages(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.cookies or not is_strangers(request):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def is_strangers(request: HttpRequest) -> bool:
    own = {settings.SESSION_COOKIE_NAME, MESSAGES}
    return own.isdisjoint(request.COOKIES) and "HTTP_AUTHORIZATION" not in request.META
