"""Public pages, rendered once for all readers (Flask-Caching: @cached on a view).

    @public()                   marks a view whose page is the same for all, but for {% personal %}
    @public(until=next_due)     the same; its page changes at a moment too, without a write

The view is called with a request that names no reader (core.page_cache.common_request). Its page is
kept in memory until something is written, or until the moment that `until` gives; each reader gets
it with the personal parts rendered for this reader. A view that asks for `request.user` is called
again with the request itself, and what it answers is not kept.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.invalidation.checked_memory import in_transaction, seconds_until
from core.invalidation.expiry import expire_by, expiring_at, horizon
from core.invalidation.generations import generations
from core.page_cache.common_request import CommonRequest, ReaderAsked, VisitorRequest
from core.page_cache.entries import FILL, PageMemory, is_same_for_all
from core.page_cache.gaps import CommonPage
from core.page_cache.page_key import PageKey, common_key
from core.page_cache.reader_parts import seen_by_reader
from core.shared_memory.process_counters import Counters

View = Callable[..., HttpResponse]
Until = Callable[[], datetime | None]
MEMORY = 32 * 1024 * 1024  # bytes in each process
MARK = "is_public"
SESSION_ERROR = "inkpool.session_error"  # in the environ: the store has not answered this request
UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}
numbers = Counters("common")
views_for_signed_in: set[tuple[str, bool]] = set()  # whose HTML, or JSON, asks for `signed_in`
commons: PageMemory[CommonPage] = PageMemory(MEMORY, numbers)
logger = logging.getLogger(__name__)


def public(*, until: Until | None = None) -> Callable[[View], View]:
    """Marks a view whose page is the same for all readers but for its personal parts.

    `until()` gives the moment from which the page would look different by itself (the next article
    that becomes due), or None; it is called before the view reads anything.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def call(asked: HttpRequest) -> HttpResponse:
                return view(asked, *args, **kwargs)

            if error := request.META.get(SESSION_ERROR):
                raise error
            key = common_key(request)
            if key is None:
                return call(request)
            page = kept(key)
            if page is None and view_of(request, key) in views_for_signed_in:
                key = key._replace(signed_in=request.user.is_authenticated)
                page = kept(key)
            try:
                page = page or made(call, request, key, until)
            except ReaderAsked as reason:
                logger.debug("%s", reason)
                return call(request)
            return answer(page, request, key)

        setattr(wrapped, MARK, wrapped)  # decorators around it hand it on
        return wrapped

    return decorate


def may_keep() -> bool:
    """Whether pages are kept and taken here: not in a transaction, which may see what others do
    not."""
    return settings.INKPOOL_PAGE_CACHE and not in_transaction()


def kept(key: PageKey) -> CommonPage | None:
    """The page, if it is in memory and nothing was written since."""
    page = commons.fresh(key, generations().stamp()) if may_keep() else None
    if page:
        numbers.add("hits")
        expire_by(page.until)
    return page


def made(call: View, request: HttpRequest, key: PageKey, until: Until | None = None) -> CommonPage:
    """The page as the view makes it now. Raises ReaderAsked if it depends on the reader."""
    common, stamp = CommonRequest(request, key), generations().stamp()
    moment = until() if until and may_keep() else None
    with expiring_at(time.monotonic() + seconds_until(moment)):
        response = complete(call(common))
        if common.asked:
            raise ReaderAsked(common.asked)
        page = CommonPage(response, common, stamp, horizon.until)
    if page.other is None and may_keep():
        if page.signed_in is not None:
            views_for_signed_in.add(view_of(request, key))
        key = key._replace(signed_in=page.signed_in)
        numbers.add("misses")
        numbers.add("outdated", key in commons)
        commons.keep(key, page)
    return page


def view_of(request: HttpRequest, key: PageKey) -> tuple[str, bool]:
    match = request.resolver_match
    return match.view_name if match else "", key.is_html


def complete(response: Any) -> HttpResponse:
    """The answer with its content. Raises ReaderAsked for one that cannot be for all readers."""
    if response.streaming or response.cookies:
        raise ReaderAsked("The answer is a stream or sets a cookie.")
    page: HttpResponse = response.render() if hasattr(response, "render") else response
    if page.charset.lower() not in UTF_8:
        raise ReaderAsked("The answer is not in UTF-8, as personal parts are.")
    if page.status_code == 200 and not is_same_for_all(page):
        raise ReaderAsked("The headers of the answer say that it is not for all readers.")
    return page


def answer(page: CommonPage, request: HttpRequest, key: PageKey) -> HttpResponse:
    """The page for the reader who sent `request`, as the view's own answer."""
    if page.other is not None:
        return page.response(page.filled(request))
    if (body := for_all_visitors(page, request, key)) is not None:
        return page.response(body)
    body, seen = seen_by_reader(page, request)
    response = page.response(body)
    response.seen = seen  # type: ignore[attr-defined]
    return response


def for_all_visitors(page: CommonPage, request: HttpRequest, key: PageKey) -> bytes | None:
    """The page that anonymous visitors share, if it is made for them: without anything of the one
    who sent `request`. None if a part needs a CSRF token, which belongs to one visitor."""
    fill = request.META.get(FILL)
    if fill is None or key.zone or page.shows_token or in_transaction():
        return None
    visitor = VisitorRequest(request, key)
    body = page.filled(visitor)
    if "CSRF_COOKIE" in visitor.META:
        page.shows_token = True  # so the parts of the next visitors are rendered once only
        return None
    fill.until = page.until
    return body
