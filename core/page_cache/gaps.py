"""Pages with gaps, rendered once for all readers, and the personal parts that fill the gaps.

While such a page is rendered, each `{% personal %}` part leaves a marker. Afterwards the page is
cut at the markers; for each reader the parts are rendered and put between the pieces.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from itertools import count
from typing import Any, NamedTuple, NoReturn

from django.http import HttpRequest, HttpResponse
from django.template import (
    Context,
    NodeList,
    RequestContext,
    Template,
    TemplateSyntaxError,
)
from django.template.response import TemplateResponse
from django.utils.crypto import salted_hmac
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language

ALTERED = (
    "A {% personal %} part is filled in after its page is rendered, so nothing around it may "
    "change it: put filters, {% language %}, {% autoescape %}, {% cache %} and the like into it."
)
PLAIN = (str, int, float, date, type(None))
OWN_COST = 8192  # bytes of a page beside its text and headers, mostly of its ResolverMatch
DROPPED = {"content-length", "cache-status"}  # they tell of one answer
serials = count()


class Part(NamedTuple):
    """A personal part: its nodes, the values that it was given, the template of its page."""

    nodelist: NodeList
    values: dict[str, Any]
    template: Template


def rendered(
    parts: Sequence[Part], request: HttpRequest, instead: dict[str, Any] | None = None
) -> list[str]:
    """The parts for the reader who sent `request`.

    They see their own values and what the context processors give, nothing else of the page.
    Values `instead` of the processors' are seen by template tags too.
    """
    if not parts:
        return []
    context = RequestContext(request)
    texts: list[str] = []
    with context.bind_template(parts[0].template), context.push(instead or {}):
        context.request = context["request"] if instead else request
        for part in parts:
            with context.render_context.push_state(part.template), context.push(part.values):
                texts.append(part.nodelist.render(context))
    return texts


class CommonPage:
    """A page with gaps, an entry of PageMemory. `stamp` is from before it read the database.

    `reader_headers` are those with which a signed-in reader was answered, once one was.
    """

    def __init__(self, response: HttpResponse, request: Any, stamp: bytes, until: float) -> None:
        self.texts, self.parts = request.gaps.cut(response.content)
        self.other = response if response.status_code != 200 else None  # which is never kept
        self.match, self.signed_in = request.resolver_match, request.signed_in
        headers = response.items()
        self.is_personal = bool(self.parts) or self.signed_in is not None
        self.headers = {name: each for name, each in headers if name.lower() not in DROPPED}
        self.attributes = attributes_of(response)
        self.reader_headers: list[tuple[str, str]] | None = None
        self.serial = next(serials)  # never that of another page
        self.keeps_parts = True  # until a part is found to depend on more than the user
        self.shows_token = False  # until a part shows one to an anonymous visitor
        self.stamp, self.until = stamp, until
        self.size = OWN_COST + sum(map(len, self.texts)) + len(repr(self.headers))

    def filled(self, request: HttpRequest) -> bytes:
        """The page for the reader who sent `request`."""
        return self.joined(map(str.encode, rendered(self.parts, request)))

    def joined(self, parts: Iterable[bytes]) -> bytes:
        """The page with these texts in its gaps."""
        pieces = [b""] * (2 * len(self.texts) - 1)
        pieces[::2], pieces[1::2] = self.texts, parts
        return b"".join(pieces)

    def response(self, content: bytes) -> HttpResponse:
        """The answer of the view with this content."""
        if self.other is not None:
            self.other.content = content
            return self.other
        response = HttpResponse(content, headers=self.headers)
        vars(response).update(self.attributes)
        return response


def attributes_of(response: HttpResponse) -> dict[str, Any]:
    """The attributes that the view and its decorators have set for the middleware, such as
    `xframe_options_exempt`."""
    return {name: each for name, each in vars(response).items() if name not in own_attributes()}


@cache
def own_attributes() -> frozenset[str]:
    """The attributes that Django itself sets on its responses."""
    return frozenset(vars(TemplateResponse(HttpRequest(), ""))) | {"_has_been_logged"}


def plain(name: str, value: Any) -> Any:
    """The value, which is kept with the page: no object that could read the database later.

    Raises TemplateSyntaxError for anything but text, numbers, dates, None, and dicts of them.
    """
    if isinstance(value, dict):
        return {key: plain(f"{name}.{key}", each) for key, each in value.items()}
    if not issubclass(type(value), PLAIN):  # isinstance() would believe a lazy object
        kind = type(value).__name__
        raise TemplateSyntaxError(
            f"{{% personal {name}=… %}} is a {kind}; allowed are text, numbers, dates, None and "
            "dicts of them."
        )
    return value


class Gaps:
    """Those of one page while it is rendered; `refused` are the errors that it has met."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.refused: list[str] = []
        self._state = state(Context())

    def leave(self, part: Part, context: Context) -> str:
        """The marker of a part that will be rendered later, in the state in which pages begin."""
        if state(context) != self._state:
            self.refuse(ALTERED)
        self.parts.append(part)
        return marker(len(self.parts) - 1)

    def cut(self, content: bytes) -> tuple[list[bytes], list[Part]]:
        """The pieces of the page around its gaps, and the parts between them, in this order.

        Raises TemplateSyntaxError if anything was refused, or a marker was changed on its way.
        """
        pieces = pattern().split(content)
        numbers = [int(each) for each in pieces[1::2]]
        if sorted(numbers) != list(range(len(self.parts))) and not self.refused:
            self.refused.append(ALTERED)
        if self.refused:  # {% if %} swallows errors
            raise TemplateSyntaxError(self.refused[0])
        return pieces[::2], [self.parts[number] for number in numbers]

    def refuse(self, why: str) -> NoReturn:
        self.refused.append(why)
        raise TemplateSyntaxError(why)


def state(context: Context) -> tuple[Any, ...]:
    """The settings of a context that change what its values render as."""
    escapes = context.autoescape, context.use_l10n, context.use_tz
    return *escapes, get_language(), get_current_timezone()


def marker(number: int) -> str:
    """Text that escaping, changing case, cutting and removing spaces or tags all alter."""
    return f"<gap> <{secret()}.{number}>"


@cache
def pattern() -> re.Pattern[bytes]:
    return re.compile(rb"<gap> <%b\.(\d+)>" % secret().encode())


@cache
def secret() -> str:
    """Text that no article can hold, since it cannot be guessed; no change of case leaves it as it
    is. It is the same after a restart, as a value of `{% cache %}` may be."""
    return f"gaP{salted_hmac('core.page_cache.gaps', 'marker', algorithm='sha256').hexdigest()}"
