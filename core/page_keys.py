"""What decides how a page looks to a stranger (Flask-Caching: make_cache_key).

Promises: two requests have one key only if Django would answer both with the same bytes. Who may
be somebody (a session, a message, Authorization), who asks for anything but a page, and whoever
sends more than a key may hold has no key at all. A key is made in about two microseconds.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils.translation import get_language_from_request

from core.proxies import is_trusted

LONGEST = 600  # characters of host, cookies, languages and types together
LONGEST_ADDRESS = 1000  # bytes; a slug of 200 Chinese characters has 600


class Look(NamedTuple):
    """What a page's headers decide."""

    language: str
    is_html: bool


Key = tuple[Look, str, str, str, str, bool]


def key_of(environ: dict[str, Any]) -> Key | None:
    get, method = environ.get, environ["REQUEST_METHOD"]
    if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    kind = get("CONTENT_TYPE")
    if kind and "charset" in kind.lower():  # by which Django would read the query
        return None
    cookies = get("HTTP_COOKIE", "")
    if cookies and (settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies):
        return None
    host, wanted, languages = (
        get("HTTP_HOST"),
        get("HTTP_ACCEPT", ""),
        get("HTTP_ACCEPT_LANGUAGE", ""),
    )
    path, query, root = get("PATH_INFO", ""), get("QUERY_STRING", ""), get("SCRIPT_NAME", "")
    if not host or len(path) + len(query) + len(root) > LONGEST_ADDRESS:
        return None
    if len(host) + len(wanted) + len(languages) + len(cookies) > LONGEST:
        return None
    look = look_of(cookies, languages, wanted)
    return look and (look, path, query, root, host, is_secure(environ))


@lru_cache(maxsize=1024)
def look_of(cookies: str, languages: str, wanted: str) -> Look | None:
    if not (cookies.isascii() and languages.isascii()):  # Django may read such bytes otherwise
        return None
    return Look(language(cookies, languages), prefers_html(wanted))


def language(cookies: str, accepted: str) -> str:
    """The language that LocaleMiddleware will choose, by Django's own function."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(cookies)
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


def prefers_html(wanted: str) -> bool:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted or "*/*"
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def is_secure(environ: dict[str, Any]) -> bool:
    """As request.is_secure() will see it, behind core.middleware.trusted_proxies."""
    rule = settings.SECURE_PROXY_SSL_HEADER
    said = environ.get(rule[0]) if rule and is_trusted(environ.get("REMOTE_ADDR", "")) else None
    if not rule or said is None:
        return bool(environ["wsgi.url_scheme"] == "https")
    return bool(said.split(",", 1)[0].strip() == rule[1])
