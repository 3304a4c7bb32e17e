"""What decides how a page looks to a stranger (Flask-Caching: make_cache_key).

Promises: two requests have one key only if Django would answer both with the same bytes. Who may
be somebody (a session, a message, Authorization), who asks for anything but a page, and whoever
sends more than a key may hold has none, or one that nothing is kept under.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils.translation import get_language_from_request

from core.http.charsets import ENCODED
from core.http.proxies import visit

LONGEST = 600  # characters of cookies, languages and types together
LONGEST_ADDRESS = 1300  # bytes; a slug of 200 Chinese characters has 600
MOST_LOOKS = 1024
SOMEBODYS = "messages"  # the cookie of django.contrib.messages, beside the session's
Look = tuple[str, bool]  # the language, and whether it is HTML
Key = tuple[Look, str, str, str, str, str]
Asked = tuple[str, str, str]  # cookies, languages, types


def key_of(environ: dict[str, Any]) -> Key | None:
    get, method = environ.get, environ["REQUEST_METHOD"]
    if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    kind = get("CONTENT_TYPE")
    if kind and "charset" in kind.lower():  # by which Django would read the query
        return None
    host = get("HTTP_HOST")
    asked = get("HTTP_COOKIE", ""), get("HTTP_ACCEPT_LANGUAGE", ""), get("HTTP_ACCEPT", "")
    look = looks.get(asked) or look_of(asked)
    if not look or not host:
        return None
    rule = settings.SECURE_PROXY_SSL_HEADER
    scheme = forwarded(environ, rule[1]) if rule else environ["wsgi.url_scheme"]
    path, query = get("PATH_INFO", ""), get("QUERY_STRING", "")
    return look, path, query, get("SCRIPT_NAME", ""), host, scheme


def is_too_long(address: tuple[str, ...]) -> bool:
    """Nothing is kept under a key with such an address, so a hit need not ask."""
    return sum(map(len, address)) > LONGEST_ADDRESS


looks: dict[Asked, Look] = {}


def look_of(asked: Asked) -> Look | None:
    """Of a stranger's headers; the looks of the most frequent ones are remembered."""
    cookies, languages, wanted = asked
    if settings.SESSION_COOKIE_NAME in cookies or SOMEBODYS in cookies:
        return None
    if not may_be_parsed(cookies, languages, wanted):
        return None
    if len(looks) >= MOST_LOOKS:
        looks.clear()
    looks[asked] = look = (language_of(parse_cookie(cookies), languages), prefers_html(wanted))
    return look


def may_be_parsed(cookies: str, languages: str, wanted: str) -> bool:
    """Whether these headers mean here what they mean to Django and core.http.request_limits."""
    if len(cookies) + len(languages) + len(wanted) > LONGEST or ENCODED.search(wanted):
        return False
    return cookies.isascii() and languages.isascii()  # Django may read other bytes otherwise


def language_of(cookies: dict[str, str], accepted: str) -> str:
    """The language that LocaleMiddleware will choose, by Django's own function."""
    request = HttpRequest()
    request.COOKIES = cookies
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


def prefers_html(wanted: str) -> bool:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted or "*/*"
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def forwarded(environ: dict[str, Any], secure: str) -> str:
    """As request.scheme will see it, behind core.http.trusted_proxies.trusted_proxies."""
    said = visit(environ).scheme
    if said is None:
        return str(environ["wsgi.url_scheme"])
    return "https" if said == secure else "http"
