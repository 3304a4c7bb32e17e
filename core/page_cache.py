"""Whole pages for strangers, answered before Django begins (Flask-Caching: @cached on a view).

    @public(until=next_due)          marks a view whose page is the same for every stranger
    application = PageCache(django)   in core/wsgi.py, keeps and serves those pages

Promises: a stranger (no session, no messages, no Authorization) gets what the database says
now: each hit is checked against the generations of all that pages show, and no page outlives
the moment given by `until` or the age of core.memory. Who is signed in never gets such a page
and never fills one. Of many who ask for a page that is missing, one in each process makes it;
nobody waits for the answer of a view that is not marked. A page that cannot be kept is simply
made each time.
"""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from core.cache_numbers import Numbers
from core.generations import generations
from core.memory import horizon, in_transaction, making, seconds_until
from core.page_keys import Key, is_too_long
from core.page_wishes import Wish, Wishes
from core.pages import VARY, Environ, Page, PageMemory, StartResponse

WSGI = Callable[[Environ, StartResponse], Iterable[bytes]]
View = Callable[..., HttpResponse]
MEMORY = 64 * 1024 * 1024  # bytes in each process
PATIENCE = 5.0  # seconds that a second visitor waits for the page a first one is having made
FILL, MARK = "inkpool.fill", "is_public"
HIT = "Cache-Status", "Inkpool; hit"
COLLAPSED = "Cache-Status", "Inkpool; hit; collapsed"
STORED = "Cache-Status", "Inkpool; fwd=miss; stored"


class Fill:
    """A page being made: what was written before, its language, until when it may be shown."""

    def __init__(self, stamp: bytes, language: str) -> None:
        self.stamp, self.language = stamp, language
        self.until: float | None = None
        self.done = threading.Event()

    def page(self, response: Any) -> Page | None:
        """What may be kept. It speaks the language of its key, or somebody else's stays on."""
        if self.until is None or not is_same_for_all(response):
            return None
        if response.get("Content-Language") != self.language:
            return None
        return Page(response, self.stamp, self.until)


class PageCache:
    """The WSGI application in front of `application`, which must be Django's handler."""

    def __init__(self, application: WSGI, limit: int = MEMORY) -> None:
        self.application = application
        self.numbers = Numbers("pages")
        self.count = self.numbers.add
        self.memory: PageMemory[Page] = PageMemory(limit, self.numbers)
        self._stamp = generations().stamp
        self._wishes = Wishes()
        self._by_which = self._wishes.by_which
        self._fills: dict[Key, Fill] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        wish = self._wishes[tuple(map(environ.get, self._by_which))]
        if wish is None:
            return self.application(environ, start_response)
        page = self.memory.fresh(wish.key, self._stamp())
        if page is None:
            return self._missing(wish, environ, start_response)
        self.count("hits")
        return page.answer(wish, environ, start_response, HIT)

    def _missing(
        self, wish: Wish, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        key = wish.key
        if is_too_long(key) or not is_marked(get_path_info(environ), settings.ROOT_URLCONF):
            return self.application(environ, start_response)
        fill = Fill(self._stamp(), key[0][0])  # before the database is read
        first = self._fills.setdefault(key, fill)
        if first is fill:
            return self._first(wish, fill, environ, start_response)
        first.done.wait(PATIENCE)  # before a connection is borrowed, so no pool runs dry by it
        page = self.memory.fresh(key, self._stamp())
        if page is None:
            return self.application(environ, start_response)
        self.count("collapsed")
        return page.answer(wish, environ, start_response, COLLAPSED)

    def _first(
        self, wish: Wish, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Of those who ask for it now; the others wait until this one has it, or has failed."""
        try:
            page = self.memory.fresh(wish.key, fill.stamp)  # made between our look and our turn
            if page is None:
                return self._make(wish, fill, environ, start_response)
        finally:
            del self._fills[wish.key]
            fill.done.set()
        return page.answer(wish, environ, start_response, HIT)

    def _make(
        self, wish: Wish, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        started: list[Any] = []
        environ[FILL] = fill
        response = self.application(environ, lambda *args: started.append(args))
        page = fill.page(response)
        if page is None:
            start_response(*started[-1])
            return response
        response.close()  # type: ignore[attr-defined]
        self._count_miss(wish.key)
        self.memory.keep(wish.key, page)
        return page.answer(wish, environ, start_response, STORED)

    def _count_miss(self, key: Key) -> None:
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

        setattr(wrapped, MARK, True)  # decorators around it hand it on
        return wrapped

    return decorate


@lru_cache(maxsize=1024)
def is_marked(path: str, urlconf: str) -> bool:
    """Is it a view with @public that will answer?"""
    try:
        return hasattr(resolve(path, urlconf).func, MARK)
    except Resolver404:
        return False


def is_same_for_all(response: Any) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return False
    if response.has_header("Set-Cookie") or response.has_header("Content-Encoding"):
        return False
    wish = response.get("Cache-Control", "").lower()
    varies = {each.strip().lower() for each in response.get("Vary", "").split(",")}
    return "private" not in wish and "no-store" not in wish and varies <= VARY
