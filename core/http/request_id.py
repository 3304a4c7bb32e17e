"""One id for each request (Flask: g.request_id, set in before_request by hand).

Guarantees: `X-Request-ID` of the client is used if it consists of 1 to 64 letters, digits and
`._-`; otherwise an id is made. It is in g.request_id, in each log line of the request, on its error
page and in the response. An anonymous visitor's page from memory has none; a signed-in reader's has
one, which is in no log, since Django is not called.
"""

import re
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from core.g import g
from core.http import GetResponse

HEADER, GIVEN = "X-Request-ID", "HTTP_X_REQUEST_ID"
KEPT = "inkpool.request_id"  # in META: Django logs a refusal after the last middleware
HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get(GIVEN, "")  # request.headers would read all of them
        g.request_id = given if HARMLESS.fullmatch(given) else uuid4().hex
        request.META[KEPT] = g.request_id
        response = get_response(request)
        response[HEADER] = g.request_id
        return response

    return middleware


def current_id(request: Any = None) -> str:
    """The id of the request that this thread or task is handling, else that of `request`, else ."""
    if g:
        return g.get("request_id", "")
    return request.META.get(KEPT, "") if isinstance(request, HttpRequest) else ""
