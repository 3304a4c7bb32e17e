"""Decides which requests may share a page, and which pages may be stored.

Anonymous visitors are given only what was made for an anonymous visitor, in the same language and
time zone, for the same host, scheme, method and accepted type. A page made for one visitor (it
sets a cookie, holds a CSRF token, a message or something of a session, is private or varies by
another header) is not stored; with per_visitor=True the user and the session are in its key.
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

from core.http.privacy import MESSAGES, is_strangers

Query = str | Mapping[str, Any] | Iterable[tuple[str, Any]]
STORABLE = {200, 203, 301, 308, 404, 410}  # RFC 9110, 15.1, without 204, 206, 300, 405, 414, 501
NEVER = {"set-cookie", "content-encoding"}
IN_KEY = {"accept", "accept-language", "accept-encoding", "host"}
HIT, STORED = "Inkpool; hit; detail=cached", "Inkpool; fwd=miss; stored; detail=cached"


def only_reads(request: HttpRequest) -> bool:
    known = request.method in ("GET", "HEAD") and "HTTP_AUTHORIZATION" not in request.META
    plain = request.encoding is None  # a Content-Type may change how the query is decoded
    return known and plain and MESSAGES not in request.COOKIES


def form(
    request: HttpRequest, user: Any, per_visitor: bool, accepts: tuple[str, ...]
) -> list[Any] | None:
    """Returns what a page depends on besides its address; None if it may share no page."""
    if not only_reads(request) or not (per_visitor or is_strangers(request)):
        return None
    try:
        host = request.get_host()
    except DisallowedHost:  # the view answers it with 400
        return None
    is_known = user is not None and user.is_authenticated
    visitor = [str(user.pk), request.session.session_key] if is_known else None
    kind = preferred(request.META.get("HTTP_ACCEPT", "*/*"), accepts)
    zone = get_current_timezone_name()
    return [visitor, request.method, request.scheme, host, get_language(), zone, kind]


@lru_cache(maxsize=1024)
def preferred(wanted: str, accepts: tuple[str, ...]) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted
    return str(request.get_preferred_type(accepts))


def sorted_query(query: Query) -> list[tuple[str, str]]:
    """By name only: of several values of one name a view sees the last."""
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    return sorted(parse_qsl(text.removeprefix("?"), keep_blank_values=True), key=itemgetter(0))


def is_shareable(request: HttpRequest, response: Any, per_visitor: bool) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code not in STORABLE:
        return False
    if response.cookies or not NEVER.isdisjoint(map(str.lower, response.headers)):
        return False
    session, messages = getattr(request, "session", None), getattr(request, "_messages", None)
    has_message = messages is not None and (messages.used or messages.added_new)
    if (
        has_message
        or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        or (session and session.modified)
    ):
        return False
    directives, varies = directives_of(response).keys(), words(response, "Vary") - IN_KEY
    if directives & {"no-store", "no-cache"}:
        return False
    if per_visitor:
        return varies <= {"cookie"}
    # An anonymous visitor's session is empty: base.html reads it for each of them.
    shows_session = session and session.accessed and not session.is_empty()
    return not (varies or "private" in directives or shows_session)


def words(response: HttpResponse, header: str) -> set[str]:
    return {word.strip().lower() for word in response.get(header, "").split(",")} - {""}


def directives_of(response: HttpResponse) -> dict[str, str]:
    """Of Cache-Control; `private="Set-Cookie"` counts as private."""
    pairs = [word.partition("=") for word in words(response, "Cache-Control")]
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def lifetime(response: HttpResponse, timeout: float, per_visitor: bool) -> float:
    """The page's own max-age or Expires (Flask-Caching: CachedResponse), else `timeout`."""
    directives = directives_of(response)
    for name in ("max-age",) if per_visitor else ("s-maxage", "max-age"):
        if name in directives:
            return float(directives[name]) if directives[name].isdecimal() else 0
    if "Expires" in response:
        return (parse_http_date_safe(response["Expires"]) or 0) - time.time()
    return timeout


def to_plain(response: HttpResponse) -> list[Any]:
    """The page as plain values; it tells proxies what it varies by."""
    patch_vary_headers(response, ["Accept", "Accept-Language", "Cookie"])
    response["Cache-Status"] = STORED
    headers = [list(each) for each in response.items()]
    return [response.status_code, response.reason_phrase, headers, response.content]


def from_plain(plain: list[Any]) -> HttpResponse:
    status, reason, headers, content = plain
    headers = dict(headers) | {"Cache-Status": HIT}
    return HttpResponse(content, status=status, reason=reason, headers=headers)
