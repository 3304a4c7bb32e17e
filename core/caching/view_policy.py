"""Decides which requests may share a page, and which pages may be stored.

Anonymous visitors are given only what was made for an anonymous visitor, in the same language and
time zone, for the same host, scheme, method and accepted type. A page made for one visitor is not
stored: it sets a cookie, holds a CSRF token, a message or something of a session, is private or
varies by another header.
"""

import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_http_date_safe, urlencode
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from core.http.privacy import is_anonymous

Query = str | Mapping[str, Any] | Iterable[tuple[str, Any]]
STORABLE = {200, 203, 301, 308, 404, 410}  # RFC 9110, 15.1, without 204, 206, 300, 405, 414, 501
NEVER = {"set-cookie", "content-encoding"}
IN_KEY = {"accept", "accept-language", "accept-encoding", "host"}
UNSHARED = {"no-store", "no-cache", "private"}
HIT, STORED = "Inkpool; hit; detail=cached", "Inkpool; fwd=miss; stored; detail=cached"


def form(request: HttpRequest, accepts: tuple[str, ...]) -> list[Any] | None:
    """Return what a page depends on besides its address; None if the request may share no page."""
    has_own_form = hasattr(request, "gaps")  # a page with gaps and one without are not the same
    if request.method not in ("GET", "HEAD") or not (has_own_form or is_anonymous(request)):
        return None
    if request.encoding is not None:  # a Content-Type may change how the query is decoded
        return None
    try:
        host = request.get_host()
    except DisallowedHost:  # the view answers it with 400
        return None
    kind = preferred(request.META.get("HTTP_ACCEPT", "*/*"), accepts)
    zone = get_current_timezone_name()
    return [request.method, request.scheme, host, get_language(), zone, kind, has_own_form]


@lru_cache(maxsize=1024)
def preferred(wanted: str, accepts: tuple[str, ...]) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted
    return str(request.get_preferred_type(accepts))


def sorted_query(query: Query) -> list[tuple[str, str]]:
    """Sort by name only: of several values of one name a view sees the last."""
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    return sorted(parse_qsl(text.removeprefix("?"), keep_blank_values=True), key=itemgetter(0))


def is_shareable(request: HttpRequest, response: Any) -> bool:
    """Whether the page is the same for every anonymous visitor, and may be stored."""
    if not isinstance(response, HttpResponse) or response.status_code not in STORABLE:
        return False
    if response.cookies or not NEVER.isdisjoint(map(str.lower, response.headers)):
        return False
    directives, varies = directives_of(response).keys(), words(response, "Vary") - IN_KEY
    return not (varies or directives & UNSHARED or shows_visitor(request) or has_gaps(request))


def has_gaps(request: HttpRequest) -> bool:
    """Whether parts of the page will be filled in later, for each reader."""
    gaps = getattr(request, "gaps", None)
    return bool(gaps and gaps.parts)


def shows_visitor(request: HttpRequest) -> bool:
    """Whether a CSRF token, a message or something of a session was used for the page."""
    if hasattr(request, "gaps"):  # a request that names no reader
        return False
    session, messages = getattr(request, "session", None), getattr(request, "_messages", None)
    if messages is not None and (messages.used or messages.added_new):
        return True
    if request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or (session and session.modified):
        return True
    # An anonymous visitor's session is empty: base.html reads it for each of them.
    return bool(session and session.accessed and not session.is_empty())


def words(response: HttpResponse, header: str) -> set[str]:
    return {word.strip().lower() for word in response.get(header, "").split(",")} - {""}


def directives_of(response: HttpResponse) -> dict[str, str]:
    """Parse Cache-Control; `private="Set-Cookie"` counts as private."""
    pairs = [word.partition("=") for word in words(response, "Cache-Control")]
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def lifetime(response: HttpResponse, timeout: float) -> float:
    """Return the page's own max-age or Expires (Flask-Caching: CachedResponse), else `timeout`."""
    directives = directives_of(response)
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return float(directives[name]) if directives[name].isdecimal() else 0
    if "Expires" in response:
        return (parse_http_date_safe(response["Expires"]) or 0) - time.time()
    return timeout


def to_plain(response: HttpResponse) -> list[Any]:
    """Return the page as plain values; it tells proxies what it varies by."""
    patch_vary_headers(response, ["Accept", "Accept-Language", "Cookie"])
    response["Cache-Status"] = STORED
    headers = [list(each) for each in response.items()]
    return [response.status_code, response.reason_phrase, headers, response.content]


def from_plain(plain: list[Any]) -> HttpResponse:
    status, reason, headers, content = plain
    headers = dict(headers) | {"Cache-Status": HIT}
    return HttpResponse(content, status=status, reason=reason, headers=headers)
