"""The personal parts of a page as one session sees them, kept until something is written.

Guarantees: parts are kept only if the page, the user with their permissions and the CSRF token are
all that they depend on. A part that asks for another fact of the request, reads the database or
alters the token is rendered for each request; so are all parts while an unknown context processor
is in use, and those that show a message. Each answer gets its own mask of the token.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple

from django.contrib import auth
from django.db import connections
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import TemplateSyntaxError

from core.invalidation.expiry import expiring_at, horizon
from core.page_cache.common_request import Refused
from core.page_cache.gaps import CommonPage, Gaps, Part, rendered, secret
from core.page_cache.page_context import refuse
from core.sessions import payload, session_settings, signed_cookie
from core.sessions.store import Store

OWN_COST = 1024  # bytes of an entry beside its texts and its session
# They give what page and user decide, and `request`.
allowed_processors = {
    "django.template.context_processors.csrf",
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "core.page_cache.page_context.page_context",
}


class NotKept(Exception):  # noqa: N818
    """The parts have to be rendered for each request."""


class SessionParts:
    """The parts of a page as a session sees them while its stored data is `data`.

    `settled_until` is in seconds since 1970: then its cookie has to be renewed, or it ends.
    """

    def __init__(self, page: CommonPage, session: Store, data: bytes, texts: list[str]) -> None:
        self.texts, self.data = list(map(str.encode, texts)), data
        cookie = signed_cookie.parse(session.session_key) or signed_cookie.SessionCookie("")
        self.id_hash, self.ttl = cookie.id_hash(), cookie.ttl()
        self.settled_until = settled_until(session, cookie, data)
        self.stamp, self.until = page.stamp, horizon.until
        self.size = OWN_COST + len(data) + sum(map(len, self.texts))

    def with_token(self, token: str) -> Iterator[bytes]:
        """The parts with this CSRF token."""
        place, masked = secret().encode(), token.encode()
        return (text.replace(place, masked) for text in self.texts)


class Seen(NamedTuple):
    """The page, parts and session of an answer; the middleware may still change the session."""

    page: CommonPage
    parts: SessionParts | None
    session: Store | None


class PartRequest(Refused):
    """`request` in a part, which may ask for the names that `{% url %}` needs, and no others."""

    def __init__(self, request: HttpRequest, gaps: Gaps) -> None:
        super().__init__(refuse("request", gaps))
        vars(self)["resolver_match"] = request.resolver_match

    def __getattr__(self, name: str) -> Any:
        if name == "current_app":  # which only the admin sets
            raise AttributeError(name)
        return self.refuse()


class Token(Refused):
    """`csrf_token` in a part: its text is a placeholder, and each place that shows it counts."""

    shown: int

    def __init__(self, gaps: Gaps) -> None:
        super().__init__(refuse("csrf_token", gaps))
        vars(self)["shown"] = 0

    def __str__(self) -> str:
        vars(self)["shown"] += 1
        return secret()

    __class__ = property(type)
    __html__ = __str__

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def seen_by_reader(page: CommonPage, request: Any) -> tuple[bytes, Seen]:
    """The page for the reader who sent `request`, with parts that may be kept if possible."""
    session = getattr(request, "session", None)
    if not (page.is_personal and isinstance(session, Store)):
        return page.filled(request), Seen(page, None, None)
    parts = parts_to_keep(page, request) if page.keeps_parts else None
    if parts is None:
        return page.filled(request), Seen(page, None, session)
    needs_token = any(secret().encode() in text for text in parts.texts)
    content = page.joined(parts.with_token(get_token(request) if needs_token else ""))
    return content, Seen(page, parts, session)


def parts_to_keep(page: CommonPage, request: Any) -> SessionParts | None:
    """The parts for the user of `request.session`; None if they are rendered for each
    request."""
    if not request.user.is_authenticated or len(getattr(request, "_messages", ())):
        return None
    with expiring_at(page.until):
        user, data = auth.get_user(request), request.session.stored_data
        if data is None or not user.is_authenticated:  # also for one whom the session does not name
            return None
        request.user = user  # anew, so that the age of its row counts
        texts = texts_to_keep(page, request)
        return None if texts is None else SessionParts(page, request.session, data, texts)


def texts_to_keep(page: CommonPage, request: Any) -> list[str] | None:
    """The parts; None, also from now on, if they depend on more than may be kept."""
    for _ in range(2):
        with suppress(NotKept):
            return rendered_to_keep(page, request)
        request.user.get_all_permissions()  # which `perms` would read; their writes are noticed
    page.keeps_parts = False
    return None


def settled_until(session: Store, cookie: signed_cookie.SessionCookie, data: bytes) -> float:
    content = payload.decode(data)
    ends = content.created + session_settings.absolute_lifetime() if content else 0
    if cookie.lifetime == signed_cookie.FIXED or session.get_expire_at_browser_close():
        return ends
    return min(ends, cookie.issued + session.get_expiry_age() / 10)


def rendered_to_keep(page: CommonPage, request: HttpRequest) -> list[str]:
    """The parts with secret() in place of the CSRF token."""
    gaps = Gaps()
    token = Token(gaps)
    own = {"request": PartRequest(request, gaps), "csrf_token": token}
    if not all(map(has_allowed_processors, page.parts)):
        raise NotKept
    try:
        with queries_refused(gaps):
            texts = rendered(page.parts, request, own)
    except TemplateSyntaxError:
        raise NotKept from None
    if gaps.refused or "".join(texts).count(secret()) != token.shown:
        raise NotKept
    return texts


def has_allowed_processors(part: Part) -> bool:
    return allowed_processors.issuperset(part.template.engine.context_processors)


@contextmanager
def queries_refused(gaps: Gaps) -> Iterator[None]:
    """Note each query within the block, since a write of the rows may invalidate no page."""

    def refuse(*args: Any) -> None:
        gaps.refuse("A part reads the database.")

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(refuse))
        yield
