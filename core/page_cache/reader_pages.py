"""Answers signed-in readers with kept public pages, ahead of the middleware that follows.

A page of core.page_cache.common_pages is filled with the reader's personal parts. That takes one
read of the session; the user's row is in memory. It happens only if each fact about the request is
known not to change anything else: see `key_of`, `is_settled` and the settings that `reader_pages`
asks for. Any other request goes its ordinary way, through the rest of MIDDLEWARE and the view.

An app declares with allow() that a session key or a middleware of its own changes nothing on a
public page, in its headers and its cookies. Without that, sessions with the key go the ordinary
way, and with an unknown middleware all requests do.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation

from core.http.middleware import GetResponse
from core.http.privacy import MESSAGES
from core.http.request_limits import LONGEST
from core.page_cache.common_pages import MARK, CommonPage, kept
from core.page_cache.common_request import CommonKey, common_key
from core.page_cache.page_key import language_of, may_be_parsed
from core.page_cache.reader_parts import NotKept, allowed_processors, parts_of
from core.sessions.inspection import session_store
from core.sessions.payload import EXPIRY
from core.sessions.store import Store

logger = logging.getLogger(__name__)
FindReader = Callable[[Store], AbstractBaseUser | None]
IsDue = Callable[[Store], bool]
# These may follow in MIDDLEWARE: on a reader's page they change only the headers below.
allowed_middleware = {
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.http.privacy.private_pages",
    "core.http.middleware.content_security_policy",
    "core.http.request_limits.request_limits",
    "core.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.http.returned_forms.ReturnedForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.http.middleware.method_not_allowed",
}
allowed_keys = {EXPIRY}
finders: list[FindReader] = []
dues: list[IsDue] = []
SAME_FOR_READERS = {
    "cache-control", "content-language", "content-length", "content-security-policy",
    "content-type", "cross-origin-opener-policy", "referrer-policy", "strict-transport-security",
    "vary", "x-content-type-options", "x-frame-options",
}  # fmt: skip


def allow(
    *,
    session_keys: Iterable[str] = (),
    middleware: Iterable[str] = (),
    context_processors: Iterable[str] = (),
) -> None:
    """Declare that these change nothing on a public page; call it in AppConfig.ready().

    Context processors may give what the page's address and the user decide, and nothing else.
    """
    allowed_keys.update(session_keys)
    allowed_middleware.update(middleware)
    allowed_processors.update(context_processors)


def find_readers_by(find: FindReader, is_due: IsDue) -> None:
    """Name the function that returns the active user whom a session signs in, or None.

    It may read only the session's values, which never change under one `version` of the session,
    and tables whose writes invalidate pages. `is_due` is called for each request: whether
    anything else has to be done for it than to show the page.
    """
    finders[:] = [find]
    dues[:] = [is_due]


def reader_pages(get_response: GetResponse) -> GetResponse:
    following = settings.MIDDLEWARE[settings.MIDDLEWARE.index(NAME) + 1 :]
    if not settings.INKPOOL_PAGE_CACHE or not allowed_middleware.issuperset(following):
        raise MiddlewareNotUsed
    if settings.SESSION_SAVE_EVERY_REQUEST or not issubclass(session_store(), Store):
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        key = key_of(request)
        page = kept(key._replace(signed_in=True), key) if key else None
        if page and page.reader_headers and (response := answer(page, request)):
            return response
        response = get_response(request)
        if key:
            learn_headers(response)
        return response

    return middleware


NAME = f"{__name__}.{reader_pages.__name__}"


def key_of(request: HttpRequest) -> CommonKey | None:
    """The key of the page that a reader with a session asks for, if only the key and the session
    decide what the answer is."""
    meta = request.META
    if settings.SESSION_COOKIE_NAME not in meta.get("HTTP_COOKIE", ""):
        return None
    if any(len(value) > LONGEST for value in meta.values() if type(value) is str):
        return None  # which core.http.request_limits refuses, if it is a header
    cookies, languages = request.COOKIES, meta.get("HTTP_ACCEPT_LANGUAGE", "")
    if MESSAGES in cookies or settings.SESSION_COOKIE_NAME not in cookies:
        return None
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME)
    if not may_be_parsed(chosen or "", languages, meta.get("HTTP_ACCEPT", "")):
        return None
    return common_key(request, language(chosen, languages))


@lru_cache(maxsize=1024)
def language(chosen: str | None, languages: str) -> str:
    return language_of({} if chosen is None else {settings.LANGUAGE_COOKIE_NAME: chosen}, languages)


def answer(page: CommonPage, request: HttpRequest) -> HttpResponse | None:
    """The page for this reader; None if the request has to go its ordinary way."""
    try:
        body = filled(page, request)
    except Exception:  # the ordinary way meets it too, answers it and logs it
        logger.debug("A kept page could not be filled.", exc_info=True)
        body = None
    if body is None:
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        return None
    headers = {**(page.reader_headers or {}), "Content-Length": str(len(body))}
    return HttpResponse(b"" if request.method == "HEAD" else body, headers=headers)


def filled(page: CommonPage, request: Any) -> bytes | None:
    if not page.parts and page.signed_in is None:
        return page.filled(request)
    request.session = session_store()(request.COOKIES[settings.SESSION_COOKIE_NAME])
    if not is_settled(request):
        return None
    request.resolver_match, request.LANGUAGE_CODE = page.match, page.language
    return filled_from_memory(page, request) or filled_now(page, request)


def filled_from_memory(page: CommonPage, request: Any) -> bytes | None:
    """The page with parts that are kept; None if its parts cannot be."""
    if not page.keeps_parts:
        return None
    try:
        return page.joined(parts_of(page, request, reader_known))
    except NotKept:
        page.keeps_parts = False
        return None


def filled_now(page: CommonPage, request: Any) -> bytes | None:
    """The page with parts rendered for this request; None if they have changed the session."""
    with reader_known(page, request):
        body = page.filled(request)
    return None if request.session.modified else body


def is_settled(request: HttpRequest) -> bool:
    """Whether nothing has to be stored or sent for the request besides the page."""
    csrf.process_request(request)
    if request.META.get("CSRF_COOKIE") != request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""):
        return False  # a cookie has to be sent
    session = request.session
    if not session.keys() <= allowed_keys or session.session_key is None:
        return False
    if session.modified or session.renew_cookie():
        return False
    return not any(is_due(session) for is_due in dues)


@contextmanager
def reader_known(page: CommonPage, request: Any) -> Iterator[None]:
    """Sets request.user, and the language of the page within the block.

    Raises LookupError if the session signs no active user in.
    """
    request.user = finders[0](request.session) if finders else None
    if request.user is None:
        raise LookupError("The session signs no active user in.")
    with translation.override(page.language):
        yield


csrf = CsrfViewMiddleware(lambda request: HttpResponse())


def is_outermost(page: CommonPage) -> bool:
    """Whether @public is the outermost decorator of the page's view: one around it, such as a
    guard, would not be asked."""
    view = page.match.func if page.match else None
    return view is not None and getattr(view, MARK, None) is view


def learn_headers(response: HttpResponse) -> None:
    """Note what the middleware has added to a reader's page, to send it with the next one."""
    page: CommonPage | None = getattr(response, "common_page", None)
    if page is None or page.reader_headers or response.cookies or not is_outermost(page):
        return
    headers = {name.lower(): value for name, value in response.items()}
    own = {name.lower() for name in page.headers}
    if headers.keys() <= SAME_FOR_READERS | own and "nonce-" not in str(headers):
        page.reader_headers = dict(response.items())
