"""Keeps private responses out of every cache (Flask: Cache-Control in after_request).

Guarantees: the response to a request with a session, a message or Authorization, and one that sets
a cookie, is `private, no-store`, error pages included. After signing out neither the browser's Back
nor a proxy shows it. Responses to anonymous visitors are not changed.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from core.http import GetResponse

MESSAGES = "messages"  # the cookie of django.contrib.messages


def private_pages(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.cookies or not is_anonymous(request):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def is_anonymous(request: HttpRequest) -> bool:
    own = {settings.SESSION_COOKIE_NAME, MESSAGES}
    return own.isdisjoint(request.COOKIES) and "HTTP_AUTHORIZATION" not in request.META
