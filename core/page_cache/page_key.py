"""The key under which an anonymous visitor's page is kept (Flask-Caching: make_cache_key).

Guarantees: two requests have the same key only if Django would answer both with the same bytes. A
request with a session, a message or Authorization, one that is no GET or HEAD, and one whose
headers are longer than a key may hold have no key. Under an address that is too long nothing is
kept.
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
MOST_VARIANTS = 1024
MESSAGES = "messages"  # core.http.privacy's, which is not importable before the apps are loaded
Variant = tuple[str, bool]  # the language, and whether it is HTML
Key = tuple[Variant, str, str, str, str, str]
Asked = tuple[str, str, str]  # the headers Cookie, Accept-Language and Accept


def key_of(environ: dict[str, Any]) -> Key | None:
    """The key of the page that an anonymous visitor asks for; None for any other request."""
    get, method = environ.get, environ["REQUEST_METHOD"]
    if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    kind = get("CONTENT_TYPE")
    if kind and "charset" in kind.lower():  # by which Django would read the query
        return None
    host = get("HTTP_HOST")
    asked = get("HTTP_COOKIE", ""), get("HTTP_ACCEPT_LANGUAGE", ""), get("HTTP_ACCEPT", "")
    variant = variants.get(asked) or variant_of(asked)
    if not variant or not host:
        return None
    rule = settings.SECURE_PROXY_SSL_HEADER
    scheme = forwarded(environ, rule[1]) if rule else environ["wsgi.url_scheme"]
    path, query = get("PATH_INFO", ""), get("QUERY_STRING", "")
    return variant, path, query, get("SCRIPT_NAME", ""), host, scheme


def is_too_long(address: tuple[str, ...]) -> bool:
    """Whether nothing is kept under a key with this address; a hit does not check it."""
    return sum(map(len, address)) > LONGEST_ADDRESS


variants: dict[Asked, Variant] = {}


def variant_of(asked: Asked) -> Variant | None:
    """The variant of the page for these headers of an anonymous visitor, kept in `variants`."""
    cookies, languages, wanted = asked
    if settings.SESSION_COOKIE_NAME in cookies or MESSAGES in cookies:
        return None
    if not may_be_parsed(cookies, languages, wanted):
        return None
    if len(variants) >= MOST_VARIANTS:
        variants.clear()
    variants[asked] = variant = (
        language_of(parse_cookie(cookies), languages),
        prefers_html(wanted),
    )
    return variant


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
    scheme = visit(environ).scheme
    if scheme is None:
        return str(environ["wsgi.url_scheme"])
    return "https" if scheme == secure else "http"
