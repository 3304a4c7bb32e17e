"""Public pages, rendered once for all readers (Flask-Caching: @cached on a view).

    @public(until=next_due)     marks a view whose page is the same for all, but for {% personal %}

The view is called with a request that names no reader (core.page_cache.common_request). Its page is
kept in memory until something is written, or until the moment that `until` gives; each reader gets
it with the personal parts rendered for this reader. A view that asks for `request.user` is called
again with the request itself, and what it answers is not kept.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.messages import MessageFailure
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from core.invalidation.checked_memory import (
    expire_by,
    expiring_at,
    horizon,
    in_transaction,
    seconds_until,
)
from core.invalidation.generations import generations
from core.page_cache.common_request import (
    CommonKey,
    CommonRequest,
    ReaderAsked,
    VisitorRequest,
    common_key,
)
from core.page_cache.entries import PageMemory
from core.page_cache.gaps import rendered
from core.page_cache.page_fill import FILL, is_same_for_all
from core.shared_memory.process_counters import Counters

View = Callable[..., HttpResponse]
Until = Callable[[], datetime | None]
MEMORY = 32 * 1024 * 1024  # bytes in each process
OWN_COST = 8192  # bytes of a page beside its text and headers, mostly of its ResolverMatch
MARK = "is_public"
DROPPED = {"content-length", "cache-status"}  # they tell of one answer


class CommonPage:
    """A page with gaps. `stamp` is from before it read the database, `until` in monotonic seconds.

    `reader_headers` are those with which a signed-in reader was answered, once one was.
    """

    def __init__(self, response: HttpResponse, request: CommonRequest, stamp: bytes) -> None:
        self.texts, self.parts = request.gaps.cut(response.content)
        self.other = response if response.status_code != 200 else None  # which is never kept
        self.match, self.language = request.resolver_match, request.LANGUAGE_CODE
        self.signed_in = request.signed_in
        headers = response.items()
        self.headers = {name: each for name, each in headers if name.lower() not in DROPPED}
        self.reader_headers: dict[str, str] | None = None
        self.serial = next(serials)  # never that of another page
        self.keeps_parts = True  # until a part is found to depend on more than the user
        self.stamp, self.until = stamp, horizon.until
        self.size = OWN_COST + sum(map(len, self.texts)) + len(repr(self.headers))

    def filled(self, request: HttpRequest) -> bytes:
        """The page for the reader who sent `request`."""
        return self.joined(rendered(self.parts, request))

    def joined(self, parts: Sequence[str]) -> bytes:
        """The page with these texts in its gaps."""
        encoded = map(str.encode, parts)
        between = (piece for pair in zip(encoded, self.texts[1:], strict=True) for piece in pair)
        return b"".join((self.texts[0], *between))


serials = count()
numbers = Counters("common")
views_for_signed_in: set[tuple[str, bool]] = set()  # whose HTML, or JSON, asks for `signed_in`
commons: PageMemory[CommonPage] = PageMemory(MEMORY, numbers)


def public(*, until: Until) -> Callable[[View], View]:
    """Marks a view whose page is the same for all readers but for its personal parts.

    `until()` gives the moment from which the page would look different by itself (the next article
    that becomes due), or None; it is called before the view reads anything.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def call(asked: HttpRequest) -> HttpResponse:
                return view(asked, *args, **kwargs)

            key = common_key(request, get_language())
            if key is None:
                return call(request)
            if view_of(request, key) in views_for_signed_in:
                key = key._replace(signed_in=request.user.is_authenticated)
            try:
                page = kept(key) or made(call, request, key, until)
            except (ReaderAsked, MessageFailure):
                return call(request)
            return answer(page, request, key)

        setattr(wrapped, MARK, wrapped)  # decorators around it hand it on
        return wrapped

    return decorate


def may_keep() -> bool:
    """Whether pages are kept and taken here: not in a transaction, which may see what others do
    not."""
    return settings.INKPOOL_PAGE_CACHE and not in_transaction()


def kept(*keys: CommonKey) -> CommonPage | None:
    """The page of the first of these keys that is in memory, if nothing was written since."""
    if not may_keep():
        return None
    stamp = generations().stamp()
    for key in keys:
        if page := commons.fresh(key, stamp):
            numbers.add("hits")
            expire_by(page.until)
            return page
    return None


def made(call: View, request: HttpRequest, key: CommonKey, until: Until) -> CommonPage:
    """The page as the view makes it now. Raises ReaderAsked if it depends on the reader."""
    common, stamp = CommonRequest(request, key), generations().stamp()
    with expiring_at(time.monotonic() + seconds_until(until() if may_keep() else None)):
        response = complete(call(common))
        if "CSRF_COOKIE" in common.META:  # a token was made
            raise ReaderAsked("A CSRF token is not the same for all readers.")
        page = CommonPage(response, common, stamp)
    if page.other is None and may_keep():
        if page.signed_in is not None:
            views_for_signed_in.add(view_of(request, key))
        key = key._replace(signed_in=page.signed_in)
        numbers.add("misses")
        if key in commons:
            numbers.add("outdated")
        commons.keep(key, page)
    return page


def view_of(request: HttpRequest, key: CommonKey) -> tuple[str, bool]:
    match = request.resolver_match
    return match.view_name if match else "", key.is_html


def complete(response: Any) -> HttpResponse:
    """The answer with its content. Raises ReaderAsked for one that cannot be for all readers."""
    if response.streaming or response.cookies:
        raise ReaderAsked("The answer is a stream or sets a cookie.")
    page: HttpResponse = response.render() if hasattr(response, "render") else response
    if page.status_code == 200 and not is_same_for_all(page):
        raise ReaderAsked("The headers of the answer say that it is not for all readers.")
    return page


def answer(page: CommonPage, request: HttpRequest, key: CommonKey) -> HttpResponse:
    """The page for the reader who sent `request`, as the view's own answer."""
    if page.other is not None:
        page.other.content = page.filled(request)
        return page.other
    response = HttpResponse(headers=page.headers)
    response.content = for_all_visitors(page, request, key) or page.filled(request)
    response.common_page = page  # type: ignore[attr-defined]
    return response


def for_all_visitors(page: CommonPage, request: HttpRequest, key: CommonKey) -> bytes | None:
    """The page that anonymous visitors share, if it is made for them: without anything of the one
    who sent `request`. None if a part needs a CSRF token, which belongs to one visitor."""
    fill = request.META.get(FILL)
    if fill is None or in_transaction():
        return None
    visitor = VisitorRequest(request, key)
    body = page.filled(visitor)
    if "CSRF_COOKIE" in visitor.META:
        return None
    fill.until = page.until
    return body
