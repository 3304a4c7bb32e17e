"""Which requests may share a page, and which pages may be shared (Flask-Caching: every one).

Promises: only strangers are given a page that a stranger had made, in the same language and time
zone, for the same host, scheme, method and kind of answer. What was made for one visitor (he is
signed in, or sends Authorization; the page sets a cookie, shows a message, a CSRF token or
something of a session, is `private` or varies by another header) is not kept, unless the view is
cached `per_visitor`; what is `no-store` or `no-cache`, sets a cookie or is streamed never is.
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
from django.utils.http import parse_http_date_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from core.privacy import MESSAGES, is_strangers

Query = str | Mapping[str, Any] | Iterable[tuple[str, Any]]
KEPT = {200, 203, 301, 308, 404, 410}  # what RFC 9110 lets be kept, as far as it is whole
NEVER = {"set-cookie", "content-encoding"}
IN_KEY = {"accept", "accept-language", "accept-encoding", "host"}
HIT, STORED = "Inkpool; hit; detail=cached", "Inkpool; fwd=miss; stored; detail=cached"


def is_for_all(request: HttpRequest) -> bool:
    """Is this a stranger's request, and one that only reads?"""
    return only_reads(request) and is_strangers(request)


def only_reads(request: HttpRequest) -> bool:
    known = request.method in ("GET", "HEAD") and "HTTP_AUTHORIZATION" not in request.META
    plain = request.encoding is None  # else what is sent with it decides how the query is read
    return known and plain and MESSAGES not in request.COOKIES


def visitor(request: HttpRequest, user: Any) -> list[Any] | None:
    """Who a page is made for: somebody on one of his devices; None for all strangers."""
    return [str(user.pk), request.session.session_key] if user.is_authenticated else None


def looks(request: HttpRequest, accepts: tuple[str, ...]) -> list[Any] | None:
    """What decides how a page looks besides its address; None if its host is no host of ours."""
    try:
        host = request.get_host()
    except DisallowedHost:  # the view shall meet it
        return None
    kind = preferred(request.META.get("HTTP_ACCEPT", "*/*"), accepts)
    zone = get_current_timezone_name()
    return [request.method, request.scheme, host, get_language(), zone, kind]


@lru_cache(maxsize=1024)
def preferred(wanted: str, accepts: tuple[str, ...]) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted
    return str(request.get_preferred_type(accepts))


def sorted_query(query: Query) -> list[tuple[str, str]]:
    """The order of the names does not matter, that of the values of one name does: a view sees
    the last (Flask-Caching sorts both)."""
    if isinstance(query, str):
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    else:
        given = query.items() if isinstance(query, Mapping) else query
        pairs = [(name, str(each)) for name, value in given for each in several(value)]
    return sorted(pairs, key=itemgetter(0))


def several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def is_shareable(request: HttpRequest, response: Any, per_visitor: bool) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code not in KEPT:
        return False
    if response.cookies or not NEVER.isdisjoint(map(str.lower, response.headers)):
        return False
    if is_marked(request):
        return False
    wishes, varies = wishes_of(response).keys(), words(response, "Vary") - IN_KEY
    if per_visitor:
        return not wishes & {"no-store", "no-cache"} and varies <= {"cookie"}
    return not (varies or wishes & {"no-store", "no-cache", "private"} or shows_session(request))


def is_marked(request: HttpRequest) -> bool:
    """By what is meant for one answer only: a CSRF token, a message, a change of the session."""
    messages = getattr(request, "_messages", None)
    shown = messages is not None and (messages.used or messages.added_new)
    session = getattr(request, "session", None)
    changed = session is not None and session.modified
    return bool(shown or changed or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))


def shows_session(request: HttpRequest) -> bool:
    """A stranger's is empty: base.html looks into it and finds the same for each of them."""
    session = getattr(request, "session", None)
    return session is not None and session.accessed and not session.is_empty()


def words(response: HttpResponse, header: str) -> set[str]:
    return {word.strip().lower() for word in response.get(header, "").split(",")} - {""}


def wishes_of(response: HttpResponse) -> dict[str, str]:
    """Cache-Control, `private="Set-Cookie"` too, which is private."""
    pairs = [word.partition("=") for word in words(response, "Cache-Control")]
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def lifetime(response: HttpResponse, timeout: float, per_visitor: bool) -> float:
    """CachedResponse(timeout=): a page may say how long it is good, and is kept so long. What
    cannot be understood is 0."""
    wishes = wishes_of(response)
    for name in ("max-age",) if per_visitor else ("s-maxage", "max-age"):
        if name in wishes:
            return float(wishes[name]) if wishes[name].isdecimal() else 0
    if "Expires" in response:
        return (parse_http_date_safe(response["Expires"]) or 0) - time.time()
    return timeout


def form(response: HttpResponse) -> list[Any]:
    """A page as plain values, with what proxies must know of it."""
    patch_vary_headers(response, ["Accept", "Accept-Language", "Cookie"])
    response["Cache-Status"] = STORED
    headers = [list(each) for each in response.items()]
    return [response.status_code, response.reason_phrase, headers, response.content]


def page(form: list[Any]) -> HttpResponse:
    status, reason, headers, content = form
    headers = dict(headers) | {"Cache-Status": HIT}
    return HttpResponse(content, status=status, reason=reason, headers=headers)
