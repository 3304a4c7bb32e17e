"""The personal parts of a page as one reader's session saw them, kept until something is written.

Guarantees: parts are kept only if the page, the user and the CSRF token are all that they depend
on. A part that asks for another fact of the request, reads the database or alters the token is
rendered for each request, and so are all parts while an unknown context processor is in use. Each
page gets its own mask of the token.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.db import connections
from django.http import HttpRequest
from django.template import TemplateSyntaxError

from core.http.csrf_token import masked
from core.invalidation.checked_memory import Memory
from core.page_cache.common_pages import CommonPage
from core.page_cache.gaps import Gaps, Part, rendered, secret
from core.page_cache.page_context import Refused

ReaderKnown = Callable[[CommonPage, Any], AbstractContextManager[None]]
ENTRIES = 4096  # of a few hundred bytes
# They give what page and user decide, and `request`.
allowed_processors = {
    "django.template.context_processors.csrf",
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "core.page_cache.page_context.page_context",
}
kept: Memory[list[str]] = Memory(ENTRIES, name="parts")


class NotKept(Exception):  # noqa: N818
    """The parts have to be rendered for each request."""


class PartRequest(Refused):
    """`request` in a part, which may ask for the names that `{% url %}` needs, and no others."""

    def __init__(self, request: HttpRequest, gaps: Gaps) -> None:
        super().__init__("request", gaps)
        self.resolver_match = request.resolver_match

    def __getattr__(self, name: str) -> Any:
        if name == "current_app":  # which only the admin sets
            raise AttributeError(name)
        return self.refuse()


class Token(Refused):
    """`csrf_token` in a part: its text is a placeholder, and each place that shows it counts."""

    def __init__(self, gaps: Gaps) -> None:
        super().__init__("csrf_token", gaps)
        self.shown = 0

    def __str__(self) -> str:
        self.shown += 1
        return secret()

    __html__ = __str__

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def parts_of(page: CommonPage, request: Any, reader_known: ReaderKnown) -> list[str]:
    """The parts of the page for the reader whose session is `request.session`.

    Parts are rendered within `reader_known(page, request)`, which sets request.user; what it raises
    is raised. Raises NotKept if the parts depend on more than the page and the user.
    """

    def make() -> list[str]:
        with reader_known(page, request):
            return rendered_to_keep(page, request)

    texts = kept.get((page.serial, request.session.stored_data), make)
    token = masked(request.META["CSRF_COOKIE"])
    return [text.replace(secret(), token) for text in texts]


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
