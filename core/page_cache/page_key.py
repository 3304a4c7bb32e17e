"""The key under which a public page is kept (Flask-Caching: make_cache_key).

    lookups = Lookups()
    lookup = lookups[tuple(map(environ.get, lookups.variables))]      None: Django answers

Guarantees: two requests have the same key only if Django would answer both with the same page, but
for its personal parts. A lookup depends on `variables` alone. A request with a message or
Authorization, one that is no GET or HEAD, one of a disallowed user agent, and one whose headers are
long have no lookup. Those of anonymous visitors are remembered, some megabytes of them at most, so
a request like an earlier one costs one access to a dict.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language, get_language_from_request

from core.http.charsets import ENCODED
from core.http.proxies import FORWARDED, PROTO, counted_headers, visit

MOST_LOOKUPS = 2048
LONGEST_REQUEST = 2500  # characters of a request that is remembered
LONGEST_HEADER = 600  # characters of Cookie, Accept-Language or Accept
LONGEST_ADDRESS = 1300  # bytes; a slug of 200 Chinese characters has 600
LONGEST_CODING = 300  # characters of an Accept-Encoding; a browser's has 25
MESSAGES = "messages"  # core.http.privacy's, which is not importable before the apps are loaded
CODING = re.compile(r"([a-z-]+|\*)(?:[ \t]*;[ \t]*q=([01]|0?\.\d{1,3}|[01]\.\d{0,3}))?")
SECRET = re.compile(r"[A-Za-z0-9]{32}")  # an unmasked CSRF cookie, as Django sends it
VARIABLES = (
    "REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "wsgi.url_scheme",
    "CONTENT_TYPE", "HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_AUTHORIZATION", "HTTP_COOKIE",
)  # fmt: skip
Values = tuple[str | None, ...]


class PageKey(NamedTuple):
    """The facts that a public page depends on.

    Path and root are as in a WSGI environ: bytes in Latin-1.
    """

    language: str
    is_html: bool
    path: str
    query: str
    root: str
    host: str
    scheme: str
    zone: str = ""  # the name of its time zone; "": the site's
    signed_in: bool | None = None  # None: the page does not ask for it

    def is_too_long(self) -> bool:
        """Whether nothing is kept under this key; a hit does not check it."""
        return sum(map(len, (self.path, self.query, self.root, self.host))) > LONGEST_ADDRESS


class Preferences(NamedTuple):
    """The values parsed from the headers Cookie, Accept-Language and Accept."""

    language: str
    is_html: bool
    session: str  # the cookie of the session; "" for an anonymous visitor
    secret: str  # the CSRF cookie; "" without one


class Lookup(NamedTuple):
    """`is_packed`: an anonymous visitor gets the page compressed. `is_head`: only its headers."""

    key: PageKey
    session: str
    secret: str
    is_packed: bool
    is_head: bool


class Lookups(dict[Values, Lookup | None]):
    """Lookups by the values of `variables`, which are names of an environ."""

    def __init__(self) -> None:
        self.variables: tuple[str, ...] = VARIABLES
        if settings.SECURE_PROXY_SSL_HEADER:
            header = FORWARDED if counted_headers() == "forwarded" else PROTO
            self.variables += (header, "REMOTE_ADDR")
        if settings.DISALLOWED_USER_AGENTS:
            self.variables += ("HTTP_USER_AGENT",)

    def __missing__(self, asked: Values) -> Lookup | None:
        given = zip(self.variables, asked, strict=True)
        lookup = lookup_of({name: value for name, value in given if value is not None})
        if lookup and not lookup.session and sum(map(len, filter(None, asked))) <= LONGEST_REQUEST:
            if len(self) >= MOST_LOOKUPS:
                self.clear()
            self[asked] = lookup
        return lookup


def lookup_of(environ: dict[str, Any]) -> Lookup | None:
    get = environ.get
    asked = get("HTTP_COOKIE", ""), get("HTTP_ACCEPT_LANGUAGE", ""), get("HTTP_ACCEPT", "")
    preferences = preferences_of(*asked) if max(map(len, asked)) <= LONGEST_HEADER else None
    if preferences is None or not get("HTTP_HOST") or is_disallowed(environ):
        return None
    language, is_html, session, secret = preferences
    rule = settings.SECURE_PROXY_SSL_HEADER
    scheme = forwarded(environ, rule[1]) if rule else environ["wsgi.url_scheme"]
    key = key_of(environ, language, is_html, scheme)
    if key is None:
        return None
    coding = get("HTTP_ACCEPT_ENCODING", "")
    is_packed = len(coding) <= LONGEST_CODING and accepts_gzip(coding)
    return Lookup(key, session, secret, is_packed, environ["REQUEST_METHOD"] == "HEAD")


def common_key(request: HttpRequest) -> PageKey | None:
    """The key of the page that Django is asked for, in the language and the time zone that are
    active; None for a request that can share no page."""
    is_html = prefers_html(request.META.get("HTTP_ACCEPT", ""))
    key = key_of(request.META, get_language() or "", is_html, request.scheme or "")
    zone = get_current_timezone_name()
    if key is None or key.is_too_long():
        return None
    return key._replace(
        path=in_latin_1(key.path),
        root=in_latin_1(key.root),
        zone="" if zone == settings.TIME_ZONE else zone,
    )


def key_of(environ: dict[str, Any], language: str, is_html: bool, scheme: str) -> PageKey | None:
    get, method = environ.get, environ["REQUEST_METHOD"]
    if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    kind = get("CONTENT_TYPE")
    if kind and "charset" in kind.lower():  # by which Django would read the query
        return None
    host = get("HTTP_HOST")
    if host is None:  # no Host header that Django allows begins with //
        host = f"//{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    if not host:
        return None
    path, query, root = get("PATH_INFO", ""), get("QUERY_STRING", ""), get("SCRIPT_NAME", "")
    return PageKey(language, is_html, path, query, root, host, scheme)


def in_latin_1(text: str) -> str:
    """Text that Django has decoded, as it was in the environ."""
    return text if text.isascii() else text.encode().decode("latin-1")


@lru_cache(maxsize=MOST_LOOKUPS)
def preferences_of(cookies: str, languages: str, wanted: str) -> Preferences | None:
    """None if these headers may mean something else to Django or core.http.request_limits."""
    if ENCODED.search(wanted) or not (cookies.isascii() and languages.isascii()):
        return None
    given = parse_cookie(cookies)
    if MESSAGES in given:
        return None
    language = language_of(given.get(settings.LANGUAGE_COOKIE_NAME), languages)
    session = given.get(settings.SESSION_COOKIE_NAME, "")
    others = {settings.SESSION_COOKIE_NAME, settings.INKPOOL_FLASK_COOKIE}  # None: no bridge
    if not session and not others.isdisjoint(given):
        return None
    secret = given.get(settings.CSRF_COOKIE_NAME)
    if session and secret is not None and not SECRET.fullmatch(secret):
        return None  # Django sends another one
    return Preferences(language, prefers_html(wanted), session, secret or "")


@lru_cache(maxsize=1024)
def language_of(chosen: str | None, accepted: str) -> str:
    """The language that LocaleMiddleware will choose, by Django's own function."""
    request = HttpRequest()
    request.COOKIES = {} if chosen is None else {settings.LANGUAGE_COOKIE_NAME: chosen}
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


@lru_cache(maxsize=1024)
def prefers_html(wanted: str) -> bool:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted or "*/*"
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def is_disallowed(environ: dict[str, Any]) -> bool:
    """Whether CommonMiddleware refuses this User-Agent."""
    agent = environ.get("HTTP_USER_AGENT", "")
    return any(each.search(agent) for each in settings.DISALLOWED_USER_AGENTS)


def forwarded(environ: dict[str, Any], secure: str) -> str:
    """As request.scheme will see it, behind core.http.trusted_proxies.trusted_proxies."""
    scheme = visit(environ).scheme
    if scheme is None:
        return str(environ["wsgi.url_scheme"])
    return "https" if scheme == secure else "http"


@lru_cache(maxsize=1024)
def accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding (RFC 9110, 12.5.3) accepts gzip, and does not prefer `identity`."""
    qualities = dict(map(with_quality, header.lower().split(",")))
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return 0 < gzip >= qualities.get("identity", 0.0)


def with_quality(coding: str) -> tuple[str, float]:
    """`gzip;q=0.5` as ("gzip", 0.5); text of another form as ("", 0.0)."""
    found = CODING.fullmatch(coding.strip(" \t"))
    return (found[1], float(found[2] or 1)) if found else ("", 0.0)
