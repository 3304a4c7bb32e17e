"""Whole pages for anonymous visitors, answered before Django begins.

    application = PageCache(django)   in core/wsgi.py, keeps and serves pages of @public views

Guarantees: an anonymous visitor (no session, no messages, no Authorization) gets the page as the
database has it now: each hit is checked against the generations of all that pages show, and no page
outlives the moment given by `until` or the age of checked_memory. A request with a session never
gets such a page and never fills one. Of several requests for a missing page, one in each process
makes it and the others wait; none waits for a view that is not marked. A page that cannot be kept
is made for each request. While the database cannot be asked, a page past its time is shown for
PAGE_CACHE_STALE, unless something was written since, or may be just now; a thread in the background
asks the database itself, and only its answer ends the outage.
"""

import io
import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import Error, connections
from django.urls import Resolver404, resolve

from core.failures.database_errors import is_busy
from core.http.failure_log import OUTAGE
from core.invalidation.generations import generations
from core.page_cache.common_pages import MARK
from core.page_cache.database_outage import DatabaseOutage, ask_database
from core.page_cache.entries import FILL, Environ, Fill, Page, PageMemory, StartResponse
from core.page_cache.page_key import Lookup, Lookups, PageKey
from core.shared_memory.process_counters import Counters
from core.workers.per_process import PerProcess, per_process
from core.workers.worker_threads import worker

WSGI = Callable[[Environ, StartResponse], Iterable[bytes]]
MEMORY = 64 * 1024 * 1024  # bytes in each process
PATIENCE = 5.0  # seconds for which a request waits for a page that another one makes
HIT = "Cache-Status", "Inkpool; hit"
COLLAPSED = "Cache-Status", "Inkpool; hit; collapsed"
STORED = "Cache-Status", "Inkpool; fwd=miss; stored"
UNAVAILABLE = "503 "  # how the status begins that core.http.error_pages gives an outage

logger = logging.getLogger(__name__)


class PageCache:
    """The WSGI application in front of `application`, which must be Django's handler."""

    def __init__(self, application: WSGI, limit: int = MEMORY) -> None:
        from core.page_cache import reader_pages  # core.wsgi imports this before apps

        self.application = application
        self.numbers = Counters("pages")
        self.count = self.numbers.add
        self.memory: PageMemory[Page] = PageMemory(limit, self.numbers)
        self._stamp = generations().stamp
        self._lookups = Lookups()
        self._variables = self._lookups.variables
        self._readers = reader_pages if reader_pages.are_readers_answered() else None
        self._fills: PerProcess[dict[PageKey, Fill]] = per_process(dict)
        self.outage = DatabaseOutage()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        lookup = self._lookups[tuple(map(environ.get, self._variables))]
        if lookup is None:
            return self.application(environ, start_response)
        if lookup.session:
            return self._for_reader(lookup, environ, start_response)
        page = self.memory.fresh(lookup.key, self._stamp())
        if page is None:
            return self._missing(lookup, environ, start_response)
        self.count("hits")
        return page.answer(lookup, environ, start_response, HIT)

    def _for_reader(
        self, lookup: Lookup, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        readers = self._readers
        body = readers.answer(lookup, environ, start_response) if readers else None
        if body is not None:
            return body
        response = self.application(environ, start_response)
        if readers:
            readers.learn(lookup, response)
        return response

    def _missing(
        self, lookup: Lookup, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        key = lookup.key
        if key.is_too_long() or not is_marked(get_path_info(environ), settings.ROOT_URLCONF):
            return self.application(environ, start_response)
        if self.outage.lasts:
            self._ask_again(key, environ)
            if page := self._stale(key):
                return self._answer_stale(page, lookup, environ, start_response)
        fill = Fill(self._stamp(), key.language)  # before the database is read
        first = self._fills().setdefault(key, fill)
        if first is fill:
            return self._first(lookup, fill, environ, start_response)
        # Before a connection is borrowed, so no pool runs dry by it.
        worker.wait(first.done.wait, time.monotonic() + PATIENCE)
        page = self.memory.fresh(key, self._stamp())
        if page:
            self.count("collapsed")
            return page.answer(lookup, environ, start_response, COLLAPSED)
        if (self.outage.lasts or first.failed) and (page := self._stale(key)):
            return self._answer_stale(page, lookup, environ, start_response)
        return self._make(lookup, fill, environ, start_response)

    def _first(
        self, lookup: Lookup, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer the first of parallel requests; the others wait until this returns."""
        try:
            page = self.memory.fresh(lookup.key, fill.stamp)  # made since the lookup
            if page is None:
                return self._make(lookup, fill, environ, start_response)
        finally:
            self._fills().pop(lookup.key, None)  # a fork in the view has none
            fill.done.set()
        return page.answer(lookup, environ, start_response, HIT)

    def _make(
        self, lookup: Lookup, fill: Fill, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        started, response = self._ask(fill, environ)
        if started[0].startswith(UNAVAILABLE):
            fill.failed = True
            if OUTAGE in environ:
                self._begin_outage()
            if page := self._stale(lookup.key):
                response.close()
                return self._answer_stale(page, lookup, environ, start_response, asked=True)
        elif page := self._keep(lookup.key, fill, response):
            response.close()
            return page.answer(lookup, environ, start_response, STORED)
        start_response(*started)
        return response

    def _ask(self, fill: Fill, environ: Environ) -> tuple[Any, Any]:
        """The arguments of start_response, and the response of Django."""
        started: list[Any] = []
        environ[FILL] = fill
        response = self.application(environ, lambda *args: started.append(args))
        return started[-1], response

    def _keep(self, key: PageKey, fill: Fill, response: Any) -> Page | None:
        page = fill.page(response)
        if page:
            self.count("misses")
            if key in self.memory:
                self.count("outdated")
            self.memory.keep(key, page)
        return page

    def _stale(self, key: PageKey) -> Page | None:
        """The page, if it may be shown during an outage: nothing was written since, or is now."""
        page = self.memory.get(key)
        if page is None or generations().is_being_written():
            return None
        return page if page.may_be_stale(self._stamp()) else None

    def _answer_stale(
        self,
        page: Page,
        lookup: Lookup,
        environ: Environ,
        start_response: StartResponse,
        *,
        asked: bool = False,
    ) -> Iterable[bytes]:
        self.count("stale")
        return page.answer_stale(lookup, environ, start_response, asked=asked)

    def _begin_outage(self) -> None:
        """Let requests go on that wait for a page which may be shown stale."""
        self.outage.begin()
        for key, fill in list(self._fills().items()):
            if self._stale(key):
                fill.done.set()

    def _ask_again(self, key: PageKey, environ: Environ) -> None:
        """Ask the database in the background, so that no visitor waits for one that is frozen."""
        if not self.outage.is_turn():
            return
        own = environ | {"wsgi.input": io.BytesIO()}
        try:
            threading.Thread(target=self._refresh, args=[key, own], daemon=True).start()
        except RuntimeError:  # no thread can be had
            self.outage.asked()

    def _refresh(self, key: PageKey, environ: Environ) -> None:
        try:
            ask_database()
            self._make_anew(key, environ)
        except Error as error:
            if not is_busy(error):
                self.outage.confirm()
        except Exception:
            logger.exception("A page could not be made anew.")
        finally:
            connections.close_all()
            self.outage.asked()

    def _make_anew(self, key: PageKey, environ: Environ) -> None:
        """The database has answered; the outage lasts if it does not give this page either."""
        fill = Fill(self._stamp(), key.language)
        _, response = self._ask(fill, environ)
        if OUTAGE in environ:
            self.outage.confirm()
        else:
            self.outage.end()
        self._keep(key, fill, response)
        response.close()


@lru_cache(maxsize=1024)
def is_marked(path: str, urlconf: str) -> bool:
    """Whether the view at this path has @public."""
    try:
        return hasattr(resolve(path, urlconf).func, MARK)
    except Resolver404:
        return False
