"""A finished page as the page cache keeps it, whether it may be kept, and the memory of pages.

A page is fresh until something is written or its time is over. It may be shown for
PAGE_CACHE_STALE longer while the database cannot be asked, but never after a write.

Guarantees: a page is compressed once and has a strong ETag for each of its two forms; a request
that names the ETag gets 304. The memory never holds more than its limit of bytes; the oldest pages
are removed first.
"""

import gzip
import hashlib
import math
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.http import HttpResponse

from core.invalidation.generations import writes_of
from core.page_cache.page_key import Lookup
from core.shared_memory.process_counters import Counters
from core.workers.per_process import per_process

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Header = tuple[str, str]
Headers = list[Header]

KILOBYTE = 1024
OWN_COST = 2 * KILOBYTE  # of a page beside its bodies, roughly
LEAST_WORTH = 256  # bytes; smaller ones are sent as they are
VARY = {"", "accept", "accept-encoding", "accept-language", "cookie"}  # which keys hold
OF_THE_BODY = ("Content-Length", "Content-Type", "Content-Encoding")
SET_ANEW = {"etag", "content-length", "cache-status", "cache-control", "vary", "content-encoding"}
OF_ONE_REQUEST = {"x-request-id", "server-timing"}
FILL = "inkpool.fill"  # the key of a Fill in the environ


class Form(NamedTuple):
    """One way a page is sent: as it is, or compressed."""

    etag: str
    body: bytes
    headers: Headers


class Page:
    """A page for anonymous visitors. `stamp` is the generations before it was made. In monotonic
    seconds, it is fresh until `until`, and may be shown until `stale_until` during an outage."""

    def __init__(self, response: HttpResponse, stamp: bytes, until: float) -> None:
        self.stamp, self.until = stamp, until
        self.stale_until = until + settings.INKPOOL_PAGE_CACHE_STALE
        body = response.content
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= LEAST_WORTH else body
        self.plain = form(response, body, "")
        self.packed = form(response, packed, "gzip") if len(packed) < len(body) else self.plain
        self.size = OWN_COST + len(body) + len(packed)

    def may_be_stale(self, stamp: bytes) -> bool:
        """Whether it may be shown during an outage, fresh or not."""
        now = time.monotonic()
        if self.stamp != stamp:
            self._end(now)
        return writes_of(self.stamp) == writes_of(stamp) and now < self.stale_until

    def _end(self, now: float) -> None:
        """Its time is over: what other hosts write is not heard of any more."""
        self.until = min(self.until, now)
        self.stale_until = self.until + settings.INKPOOL_PAGE_CACHE_STALE

    def answer_stale(
        self, lookup: Lookup, environ: Environ, start_response: StartResponse, *, asked: bool
    ) -> Iterable[bytes]:
        """Send it past its time; `asked` says that Django has just answered 503."""
        now = time.monotonic()
        how = "fwd=stale; fwd-status=503" if asked else "hit"
        status = f"Inkpool; {how}; ttl={math.floor(self.until - now)}; detail=stale-if-error"
        control = caching(int(self.stale_until - now))
        return self.answer(lookup, environ, start_response, ("Cache-Status", status), control)

    def answer(
        self,
        lookup: Lookup,
        environ: Environ,
        start_response: StartResponse,
        status: Header,
        control: Header | None = None,
    ) -> Iterable[bytes]:
        """Send it, or 304; `status` is the Cache-Status (RFC 9211)."""
        etag, body, headers = self.packed if lookup.is_packed else self.plain
        if control:
            headers = [control if each[0] == control[0] else each for each in headers]
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and is_known(etag, known):
            kept = [each for each in headers if each[0] not in OF_THE_BODY]
            start_response("304 Not Modified", [*kept, status])
            return []
        start_response("200 OK", [*headers, status])
        return [] if lookup.is_head else [body]


def form(response: HttpResponse, body: bytes, encoding: str) -> Form:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    left_out = SET_ANEW | OF_ONE_REQUEST
    headers = [each for each in response.items() if each[0].lower() not in left_out]
    headers += [
        ("Content-Length", str(len(body))),
        caching(settings.INKPOOL_PAGE_CACHE_STALE),
        ("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie"),
        ("ETag", etag),
    ]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return Form(etag, body, headers)


def caching(stale: int) -> Header:
    """Keep it, but ask whether it still holds; show it without for `stale` seconds at most, when
    the answer is an error (RFC 5861). `no-cache` would forbid that (RFC 9111, 4.2.4)."""
    return "Cache-Control", f"max-age=0, stale-if-error={stale}" if stale > 0 else "no-cache"


def is_known(etag: str, known: str) -> bool:
    """RFC 9110, 13.1.2: by weak comparison, which a proxy's `W/` does not disturb."""
    return known.strip() == "*" or etag in (each.strip(" \tW/") for each in known.split(","))


class Fill:
    """A page being made: the generations before, its language, until when it may be shown."""

    def __init__(self, stamp: bytes, language: str) -> None:
        self.stamp, self.language = stamp, language
        self.until: float | None = None
        self.done = threading.Event()
        self.failed = False  # by a 503

    def page(self, response: Any) -> Page | None:
        """The page, if it may be kept: it must be in the language of its key."""
        if self.until is None or not is_same_for_all(response):
            return None
        if response.get("Content-Language") != self.language:
            return None
        return Page(response, self.stamp, self.until)


def is_same_for_all(response: Any) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return False
    if response.has_header("Set-Cookie") or response.has_header("Content-Encoding"):
        return False
    control = response.get("Cache-Control", "").lower()
    varies = {each.strip().lower() for each in response.get("Vary", "").split(",")}
    return "private" not in control and "no-store" not in control and varies <= VARY


class Kept(Protocol):
    """An entry of PageMemory."""

    stamp: bytes
    until: float
    size: int


K = TypeVar("K", bound=Kept)


class PageMemory(Generic[K]):
    """Pages by key, at most `limit` bytes of both; the oldest go first."""

    def __init__(self, limit: int, numbers: Counters) -> None:
        self.limit, self.numbers = limit, numbers
        self.size = 0
        self._pages: dict[Hashable, K] = {}
        self._lock = per_process(threading.Lock)

    def __len__(self) -> int:
        return len(self._pages)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._pages

    def get(self, key: Hashable) -> K | None:
        """The page, fresh or not."""
        return self._pages.get(key)

    def fresh(self, key: Hashable, stamp: bytes) -> K | None:
        """The page, if nothing was written since and its time has not passed."""
        page = self._pages.get(key)
        if page is None or page.stamp != stamp or time.monotonic() >= page.until:
            return None
        return page

    def keep(self, key: Hashable, page: K) -> None:
        page.size += weight(key)
        if page.size > self.limit // 4:
            return
        with self._lock():
            self._remove(key)
            self._pages[key] = page
            self.size += page.size
            while self.size > self.limit:
                self._remove(next(iter(self._pages)))
            self.numbers.set(entries=len(self), bytes=self.size)

    def clear(self) -> None:
        with self._lock():
            self._pages.clear()
            self.size = 0

    def _remove(self, key: Hashable) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self.size -= gone.size


def weight(key: Hashable) -> int:
    """The bytes of a key and of its parts."""
    if isinstance(key, tuple):
        return sys.getsizeof(key) + sum(map(weight, key))
    return 0 if isinstance(key, type) else sys.getsizeof(key)
