"""Answers signed-in readers with kept public pages, in front of Django.

A page of core.page_cache.common_pages is filled with the parts that Django has rendered for the
same session before (core.page_cache.reader_parts). That takes one read of the session, whose data
has to be the same bytes as then. It happens only if each fact about the request is known not to
change anything else; any other request goes to Django.

An app declares with allow() that a session key or a middleware of its own changes nothing on a
public page, in its headers and its cookies. Without that, sessions with the key go to Django, and
with an unknown middleware all requests do.
"""

import logging
import time
from collections.abc import Callable, Iterable
from threading import get_ident
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponse

from core.failures.database_errors import is_temporary
from core.failures.redis_faults import is_outage
from core.http.csrf_token import masked
from core.http.failure_log import Kinds, kind_of
from core.http.request_id import GIVEN, HARMLESS, HEADER
from core.http.request_limits import LONGEST
from core.invalidation.checked_memory import in_transaction
from core.invalidation.generations import generations
from core.page_cache.common_pages import MARK, SESSION_ERROR, commons
from core.page_cache.common_pages import numbers as common_numbers
from core.page_cache.entries import Environ, PageMemory, StartResponse
from core.page_cache.gaps import CommonPage
from core.page_cache.page_key import Lookup
from core.page_cache.reader_parts import Seen, SessionParts, allowed_processors
from core.sessions.backend import count
from core.sessions.checks import REDIS
from core.sessions.inspection import session_store
from core.sessions.payload import EXPIRY
from core.sessions.store import Store
from core.shared_memory.process_counters import Counters
from core.workers.worker_threads import worker

IsDue = Callable[[str], bool]
MEMORY = 16 * 1024 * 1024  # bytes in each process
# On a reader's page they change only the headers below.
allowed_middleware = {
    "core.monitoring.middleware.early_answers",
    "core.g.request_globals",
    "core.http.request_id.request_id",
    "core.http.server_timing.timings",
    "core.http.trusted_proxies.trusted_proxies",
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
dues: list[IsDue] = []
SAME_FOR_READERS = {
    "cache-control", "content-language", "content-length", "content-security-policy",
    "content-type", "cross-origin-opener-policy", "referrer-policy", "strict-transport-security",
    "vary", "x-content-type-options", "x-frame-options", "x-request-id",
}  # fmt: skip
OF_ONE_ANSWER = {"content-length", "x-request-id"}
FAILED = "A page in memory could not be sent to a signed-in reader; Django answers instead."

logger = logging.getLogger(__name__)
parts_numbers = Counters("parts")
kept_parts: PageMemory[SessionParts] = PageMemory(MEMORY, parts_numbers)
failures = Kinds()


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


def note_uses_by(is_due: IsDue) -> None:
    """Name the function that says whether the use of the session with this hash has to be noted:
    then the request goes to Django."""
    dues[:] = [is_due]


def unknown_middleware() -> list[str]:
    """The entries of MIDDLEWARE that no app has declared."""
    return [name for name in settings.MIDDLEWARE if name not in allowed_middleware]


def are_readers_answered() -> bool:
    """Whether the settings allow it. With DEBUG, Server-Timing says how long Django took."""
    if unknown_middleware() or settings.DEBUG or settings.CSRF_USE_SESSIONS:
        return False
    return not settings.SESSION_SAVE_EVERY_REQUEST and issubclass(session_store(), Store)


def answer(lookup: Lookup, environ: Environ, start_response: StartResponse) -> list[bytes] | None:
    """Send the page to this reader; None if Django has to answer."""
    try:
        page = page_of(lookup)
        body = body_of(page, lookup, environ) if page else None
    except Exception as error:
        if is_temporary(error) or is_outage(error):
            environ[SESSION_ERROR] = error  # the view raises it, so that nothing waits again
        elif failures.is_first(kind_of(error)):
            logger.exception(FAILED)
        return None
    if page is None or body is None:
        return None
    given = environ.get(GIVEN, "")
    number = given if HARMLESS.fullmatch(given) else uuid4().hex
    own = ("Content-Length", str(len(body))), (HEADER, number)
    start_response("200 OK", [*(page.reader_headers or ()), *own])
    return [] if lookup.is_head else [body]


def page_of(lookup: Lookup) -> CommonPage | None:
    """The page, if it is in memory with the headers of a reader's answer, and if this thread has no
    open transaction, whose writes no page in memory shows."""
    if in_transaction():
        return None
    stamp, key = generations().stamp(), lookup.key
    page = commons.fresh(key._replace(signed_in=True), stamp) or commons.fresh(key, stamp)
    return page if page and page.reader_headers else None


def body_of(page: CommonPage, lookup: Lookup, environ: Environ) -> bytes | None:
    if any(len(value) > LONGEST for value in environ.values() if type(value) is str):
        return None  # which core.http.request_limits refuses, if it is a header
    if not page.is_personal:
        common_numbers.add("hits")
        return page.texts[0]
    parts = kept_parts.fresh((page.serial, lookup.session), page.stamp)
    if parts is None or not is_settled(parts, lookup) or read(parts) != parts.data:
        return None
    common_numbers.add("hits")
    parts_numbers.add("hits")
    return page.joined(parts.with_token(masked(lookup.secret)))


def is_settled(parts: SessionParts, lookup: Lookup) -> bool:
    """Whether nothing has to be stored or sent for the request besides the page."""
    if time.time() >= parts.settled_until or not lookup.secret:
        return False
    return not any(is_due(parts.id_hash) for is_due in dues)


def read(parts: SessionParts) -> bytes | None:
    """The stored data of the session now. Raises what its store raises if it does not answer."""
    count("loads")
    if settings.SESSION_ENGINE == REDIS:
        return session_store().backend.read(parts.id_hash, parts.ttl)
    thread = get_ident()
    worker.requests().add(thread)  # as Django's handler is counted, since the database may freeze
    close_old_connections()
    try:
        return session_store().backend.read(parts.id_hash, parts.ttl)
    finally:
        close_old_connections()
        worker.requests().discard(thread)


def learn(lookup: Lookup, response: Any) -> None:
    """Note what Django has answered to a reader: the headers of the page, and its parts."""
    seen: Seen | None = getattr(response, "seen", None)
    if seen is None or response.status_code != 200 or response.cookies:
        return
    if seen.page.reader_headers is None:
        seen.page.reader_headers = headers_for_readers(seen.page, response)
    session = seen.session
    if seen.parts is None or session is None or not seen.page.reader_headers:
        return
    if session.modified or session.session_key != lookup.session:
        return
    if session.keys() <= allowed_keys:
        key = seen.page.serial, lookup.session
        parts_numbers.add("misses")
        parts_numbers.add("outdated", key in kept_parts)
        kept_parts.keep(key, seen.parts)


def headers_for_readers(page: CommonPage, response: HttpResponse) -> list[tuple[str, str]] | None:
    """The headers of an answer that are the same for all readers; None if one may not be."""
    names, own = {name.lower() for name, _ in response.items()}, set(map(str.lower, page.headers))
    if not is_outermost(page) or not names <= SAME_FOR_READERS | own:
        return None
    headers = [each for each in response.items() if each[0].lower() not in OF_ONE_ANSWER]
    return None if "nonce-" in str(headers) else headers


def is_outermost(page: CommonPage) -> bool:
    """Whether @public is the outermost decorator of the page's view: one around it, such as a
    guard, would not be asked."""
    view = page.match.func if page.match else None
    return view is not None and getattr(view, MARK, None) is view
