"""A part of a page that is the same for all readers, rendered once (Flask-Caching: {% cache %}).

    {% shared "list" number=page.number using articles %} … {% endshared %}

Renders what stands in it once for each key, language and generation; `number` is of the key, and
`articles` a function that the view gives, called when the block is made. A block without one reads
no database, so that error pages may have it. What stands in {% personal %} … {% endpersonal %} is
rendered for each reader, from what the page around the block knows; it may stand in WAYS only,
as what else is around it in the block (a filter, another language, a cache) would not reach it.

Promises: the rest sees its key and what its functions return, nothing else: `user`, `request`,
`messages`, `csrf_token` and `perms` raise, so nothing of one visitor comes to another. It is shown
only while nothing was written, and no longer than until settings.INKPOOL_NEXT_CHANGE. Within a
transaction, and where a part of the key is None, it is made each time. Blocks never take more
than MEMORY; the oldest go first.
"""

import hashlib
import secrets
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NoReturn, cast

from django.conf import settings
from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, TextNode, Token, kwarg_re
from django.template.defaulttags import ForNode, IfNode, WithNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.cache import CacheNode
from django.urls import get_script_prefix
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language

from core.invalidation.checked_memory import horizon, in_transaction, making, seconds_until, take
from core.invalidation.generations import generations
from core.page_cache.entries import PageMemory
from core.shared_memory.cache_counters import Numbers

Change = Callable[[], datetime | None]  # when what is shown changes by itself
MEMORY = 32 * 1024 * 1024  # bytes in each process
OWN_COST = 1024  # what a block costs beside its text, roughly
STANDING = "shared.standing"  # in the render context
NOT_REACHED = "in {% shared %}: only if, for, with, include and block may be around it there."
NOT_FOR_ALL = (
    "is asked for within {% shared %}, which is the same for all: "
    "put it into {% personal %}, or name it after `using` as a function of the view."
)
MARK = secrets.token_hex(16)  # around the number of a personal part; no article can hold it

register = Library()
numbers = Numbers("blocks")


class PersonalNode(Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        if isinstance(context, SharedContext):
            return context.leave_out(self)
        return self.nodelist.render(context)


class Block:
    """Text and the personal parts within it; `stamp` says what was written before it was
    rendered, `until` is in monotonic seconds."""

    def __init__(self, parts: NodeList, stamp: bytes, until: float) -> None:
        self.parts, self.stamp, self.until = parts, stamp, until
        self.size = OWN_COST + sum(4 * len(each.s) for each in parts if isinstance(each, TextNode))


blocks: PageMemory[Block] = PageMemory(MEMORY, numbers)


class SharedContext(Context):
    """What a block may ask; a name that only the page around it has is remembered and raises."""

    def __init__(self, values: dict[str, Any], around: Context) -> None:
        super().__init__(values, around.autoescape, around.use_l10n, around.use_tz)
        self.template = around.template
        self.render_context.template = around.render_context.template  # an error names it
        self.around = around
        self.refused: list[str] = around.refused if isinstance(around, SharedContext) else []
        self.left_out: list[PersonalNode] = []

    def leave_out(self, node: PersonalNode) -> SafeString:
        for each in surrounding():
            if type(each) not in WAYS:
                tag = getattr(each.token, "contents", each)
                self.refuse(f"{{% personal %}} within {tag!r} {NOT_REACHED}")
        self.left_out.append(node)
        return SafeString(f"{MARK}{len(self.left_out) - 1}{MARK}")

    def parts(self, text: str) -> NodeList:
        """What was rendered, with what was left out in its places."""
        pieces = enumerate(text.split(MARK))
        return NodeList(
            self.left_out[int(piece)] if at % 2 else TextNode(piece) for at, piece in pieces
        )

    def __contains__(self, key: Any) -> bool:
        known = super().__contains__(key)
        if not known and key != "forloop":  # {% for %} asks whether it is within another
            self.refuse_of_page(key)
        return known

    def __getitem__(self, key: Any) -> Any:
        if not super().__contains__(key):
            self.refuse_of_page(key)
        return super().__getitem__(key)

    def get(self, key: Any, otherwise: Any = None) -> Any:
        return super().get(key, otherwise) if key in self else otherwise

    def refuse_of_page(self, key: Any) -> None:
        if key in self.around:
            self.refuse(f"{key!r} {NOT_FOR_ALL}")

    def refuse(self, why: str) -> NoReturn:
        self.refused.append(why)
        raise TemplateSyntaxError(why)


class SharedNode(Node):
    child_nodelists = ()  # {% extends %} would look through them for each page

    def __init__(
        self, key: dict[str, FilterExpression], names: list[str], nodelist: NodeList, place: bytes
    ) -> None:
        self.key, self.names, self.nodelist, self.place = key, names, nodelist, place

    def render(self, context: Context) -> SafeString:
        key = {name: of.resolve(context, ignore_failures=True) for name, of in self.key.items()}
        stamp, root = standing(context)
        if stamp is None or None in key.values():
            return self.made(context, key).render(context)
        exact = [(type(each), each) for each in key.values()]  # SafeString is not str, 1 not True
        look = (get_language(), get_current_timezone(), root)
        full = (self.place, *exact, *look, context.autoescape, context.use_l10n, context.use_tz)
        changes = next_change() if self.names else lambda: None  # such a block reads no database
        return kept(full, stamp, changes, lambda: self.made(context, key)).render(context)

    def made(self, context: Context, key: dict[str, Any]) -> NodeList:
        values = key | {name: called(name, context.get(name)) for name in self.names}
        inner = SharedContext(values, context)
        text = self.nodelist.render(inner)
        if inner.refused:  # {% if %} has swallowed the error
            raise TemplateSyntaxError(inner.refused[0])
        return inner.parts(text)


WAYS = {BlockNode, ExtendsNode, ForNode, IfNode, IncludeNode, PersonalNode, SharedNode, WithNode}


def surrounding() -> Iterator[Node]:
    """The tags that are being rendered in the block, in the templates it includes too.

    Django keeps no list of them; Python's frames are one. Asked only when a block is made.
    """
    frame = sys._getframe()
    while frame.f_code is not SharedNode.made.__code__ and frame.f_back:
        node = frame.f_locals.get("self")
        if isinstance(node, Node):
            yield node
        frame = frame.f_back


def standing(context: Context) -> tuple[bytes | None, str]:
    """What was written before this template began, and so before a block of it reads (None within
    a transaction), and what addresses begin with."""
    known = context.render_context
    if STANDING not in known:
        stamp = None if in_transaction() else generations().stamp()
        known[STANDING] = stamp, get_script_prefix()
    return cast(tuple[bytes | None, str], known[STANDING])


def kept(key: Hashable, stamp: bytes, changes: Change, make: Callable[[], NodeList]) -> NodeList:
    block = blocks.fresh(key, stamp)
    if block is not None:
        numbers.add("hits")
        take(block.until)
        return block.parts
    count_miss(key)
    with making(time.monotonic() + seconds_until(changes())):
        parts = make()
        blocks.keep(key, Block(parts, stamp, horizon.until))
    return parts


def count_miss(key: Hashable) -> None:
    numbers.add("misses")
    if key in blocks:
        numbers.add("outdated")


def called(name: str, function: Any) -> Any:
    """What a view reads beforehand may be older than the generation the block is kept under."""
    if not callable(function):
        raise TemplateSyntaxError(f"{{% shared using {name} %}}: {name!r} must be a function.")
    return function()


@cache
def next_change() -> Change:
    return cast(Change, import_string(settings.INKPOOL_NEXT_CHANGE))


@register.tag
def shared(parser: Parser, token: Token) -> SharedNode:
    """{% shared KEY… NAME=KEY… using FUNCTION… %}"""
    words = token.split_contents()[1:]
    at = words.index("using") if "using" in words else len(words)
    if not at:
        raise TemplateSyntaxError("{% shared %} needs a key: what is shown, and of what.")
    named = [kwarg_re.match(word) for word in words[:at]]
    key = {each[1] or each[2]: parser.compile_filter(each[2]) for each in named if each}
    ahead = cast(list[Token], parser.tokens)[:]
    nodelist = body(parser, "endshared")
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("{% block %} within {% shared %} would never be replaced.")
    if nodelist.get_nodes_by_type(CacheNode):
        raise TemplateSyntaxError("{% cache %} within {% shared %} would keep what is out of date.")
    place = identity(parser, [token, *ahead[len(parser.tokens) :]])
    return SharedNode(key, words[at + 1 :], nodelist, place)


def identity(parser: Parser, tokens: list[Token]) -> bytes:
    """Which block of which template; the same when a file is read again and has not changed.
    What was made of a string has no name, so none is taken for another."""
    origin = parser.origin
    name = origin.name if origin and origin.loader else secrets.token_hex()
    source = [(each.token_type.name, each.contents) for each in tokens]
    return hashlib.sha256(repr((name, len(parser.tokens), source)).encode()).digest()


@register.tag
def personal(parser: Parser, token: Token) -> PersonalNode:
    """{% personal %}: what within {% shared %} is rendered for each reader."""
    return PersonalNode(body(parser, "endpersonal"))


def body(parser: Parser, end: str) -> NodeList:
    nodelist = parser.parse((end,))
    parser.delete_first_token()
    return nodelist
