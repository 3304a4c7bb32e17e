"""Whole pages for strangers, answered before Django begins (Flask-Caching: @cached on a view).

    @public(until=next_due)          marks a view whose page is the same for every stranger
    application = PageCache(django)   in core/wsgi.py, keeps and serves those pages

Promises: a stranger (no session, no messages, no Authorization) gets what the database says
now: each hit is checked against the generations of all that pages show, and no page outlives
the moment given by `until` or the age of core.memory. Who is signed in never gets such a page
and never fills one. Of many who ask for a page that is missing, one in each process makes it.
A page that cannot be kept is simply made each time.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.cookie import parse_cookie
from django.utils.translation import get_language_from_request

from core.cache_numbers import Numbers
from core.generations import generations
from core.memory import horizon, in_transaction, making, seconds_until
from core.pages import Environ, Page, PageMemory, StartResponse
from core.proxies import is_trusted

WSGI = Callable[[Environ, StartResponse], Iterable[bytes]]
View = Callable[..., HttpResponse]
MEMORY = 64 * 1024 * 1024  # bytes in each process
PATIENCE = 5.0  # seconds that a second visitor waits for the page a first one is having made
LONGEST = 300  # characters of a header that may become part of a key
LONGEST_ADDRESS = 1000  # bytes; a slug of 200 Chinese characters has 600
FILL = "inkpool.fill"
HIT, COLLAPSED, STORED = "Inkpool; hit", "Inkpool; hit; collapsed", "Inkpool; fwd=miss; stored"


class Fill:
    """One page being made: what was written before, and until when it may be shown."""

    def __init__(self, stamp: bytes) -> None:
        self.stamp = stamp
        self.until: float | None = None
        self.page: Page | None = None
        self.done = threading.Event()

    def keep(self, response: Any) -> None:
        if self.until is not None and is_same_for_all(response):
            self.page = Page(response, self.stamp, self.until)


class PageCache:
    """The WSGI application in front of `application`, which must be Django's handler."""

    def __init__(self, application: WSGI, limit: int = MEMORY) -> None:
        self.application = application
        self.numbers = Numbers("pages")
        self.count = self.numbers.add
        self.memory: PageMemory[Page] = PageMemory(limit, self.numbers)
        self._stamp = generations().stamp
        self._fills: dict[Hashable, Fill] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return self.application(environ, start_response)
        page = self.memory.fresh(key, self._stamp())
        if page is not None:
            self.count("hits")
            return page.answer(environ, start_response, HIT)
        fill = Fill(self._stamp())  # before the database is read
        first = self._fills.setdefault(key, fill)
        if first is fill:
            return self._first(key, fill, environ, start_response)
        first.done.wait(PATIENCE)  # before a connection is borrowed, so no pool runs dry by it
        if first.page is not None and first.page.stamp == self._stamp():
            self.count("collapsed")
            return first.page.answer(environ, start_response, COLLAPSED)
        return self.application(environ, start_response)

    def _first(
        self, key: Hashable, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Of those who ask for it now; the others wait until this one has it, or has failed."""
        try:
            fill.page = self.memory.fresh(key, fill.stamp)  # made between our look and our turn
            if fill.page is None:
                return self._make(key, fill, environ, start_response)
        finally:
            del self._fills[key]
            fill.done.set()
        return fill.page.answer(environ, start_response, HIT)

    def _make(
        self, key: Hashable, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        started: list[Any] = []
        environ[FILL] = fill
        response = self.application(environ, lambda *args: started.append(args))
        fill.keep(response)
        if fill.page is None:
            start_response(*started[-1])
            return response
        response.close()  # type: ignore[attr-defined]
        self._count_miss(key)
        self.memory.keep(key, fill.page)
        return fill.page.answer(environ, start_response, STORED)

    def _count_miss(self, key: Hashable) -> None:
        self.count("misses")
        if key in self.memory:
            self.count("outdated")


def public(*, until: Callable[[], datetime | None]) -> Callable[[View], View]:
    """A view that shows every stranger the same page, as long as nothing is written.

    `until()` gives the moment from which the page would look different by itself (the next
    article that becomes due), or None; it is asked before the view reads anything.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            fill = request.META.get(FILL)
            if fill is None or in_transaction():
                return view(request, *args, **kwargs)
            with making(time.monotonic() + seconds_until(until())):
                response = view(request, *args, **kwargs)
                fill.until = horizon.until
            return response

        return wrapped

    return decorate


def is_same_for_all(response: Any) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return False
    wish = response.get("Cache-Control", "")
    return "private" not in wish and "no-store" not in wish


def key_of(environ: Environ) -> Hashable | None:
    """What decides how a page looks to a stranger; None for everybody and everything else."""
    method = environ["REQUEST_METHOD"]
    if (method != "GET" and method != "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    cookies = environ.get("HTTP_COOKIE", "")
    if cookies and (settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies):
        return None
    host, wanted = environ.get("HTTP_HOST"), environ.get("HTTP_ACCEPT", "")
    languages = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if not host or max(len(host), len(wanted), len(languages), len(cookies)) > LONGEST:
        return None
    if not (cookies.isascii() and languages.isascii()):  # Django may read such bytes otherwise
        return None
    if len(path) + len(query) > LONGEST_ADDRESS:
        return None
    trusting = settings.SECURE_PROXY_SSL_HEADER
    return (
        path,
        query,
        host,
        scheme(environ) if trusting else environ["wsgi.url_scheme"],
        language(cookies, languages),
        prefers_html(wanted),
    )


def scheme(environ: Environ) -> str:
    """As SECURE_PROXY_SSL_HEADER and trusted_proxies will see it."""
    if not is_trusted(environ.get("REMOTE_ADDR", "")):
        return str(environ["wsgi.url_scheme"])
    return f"{environ['wsgi.url_scheme']} {environ.get('HTTP_X_FORWARDED_PROTO', '')}"


@lru_cache(maxsize=1024)
def language(cookies: str, accepted: str) -> str:
    """The language that LocaleMiddleware will choose, by Django's own function."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(cookies)
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


@lru_cache(maxsize=1024)
def prefers_html(wanted: str) -> bool:
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = wanted or "*/*"
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"
