"""Remarks on a text: parts that the page shows otherwise than its author may expect.

The editor shows them after a preview and a save, the import with the name of the file.
"""

import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from django.utils.translation import gettext as _
from markdown_it.token import Token

from core.markdown import cut, parse
from core.markdown.sanitise import is_insecure
from core.markdown.shortcodes import SHORTCODE

MOST = 5  # examples of a kind
LONGEST = 60  # characters of an example
_suspicious = re.compile(r"\{[{%]|http:|data:", re.IGNORECASE)
_picture = re.compile(  # the value of another attribute may hold `>`
    r"""<img\b(?:[^<>"']|"[^"]*"|'[^']*')*?\ssrc\s*=\s*+["']?\s*+([^\s"'<>]+)""", re.IGNORECASE
)
_kind = re.compile(r"(\{[{%][<%]?)\W*([\w.-]*)")  # {{< and figure, also of its closing {{< /figure


def remarks(text: str) -> list[str]:
    """Returns sentences in the current language; most texts get none, and are not parsed."""
    if not _suspicious.search(text):
        return []
    tokens = list(_flat(parse(text)))
    pictures = list(dict.fromkeys(_pictures(tokens)))
    found = {
        _("Shortcodes are shown as they were written: %s"): _shortcodes(tokens),
        _("Pictures are loaded over https instead of http: %s"): [*filter(is_insecure, pictures)],
        _("Pictures inside the text (data:) are left out: %s"): [*filter(_is_inside, pictures)],
    }
    return [sentence % _examples(things) for sentence, things in found.items() if things]


def _examples(things: list[str]) -> str:
    shown = ", ".join(cut(" ".join(thing.split()), LONGEST) for thing in things[:MOST])
    return shown if len(things) <= MOST else f"{shown}, … ({len(things)})"


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _shortcodes(tokens: list[Token]) -> list[str]:
    """The first of each kind as it was written."""
    kinds: dict[tuple[str, ...], str] = {}
    for token in tokens:
        for found in SHORTCODE.finditer(_written(token)):
            if kind := _kind.match(found[0]):
                kinds.setdefault(kind.groups(), found[0])
    return list(kinds.values())


def _written(token: Token) -> str:
    """The text of a token in which shortcodes are searched; code has none."""
    if token.type == "text":
        return token.content
    if token.type in ("html_block", "html_inline"):
        return html.unescape(token.content)
    return unquote(str(token.attrs.get("href") or token.attrs.get("src") or ""))


def _pictures(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "image":
            yield str(token.attrs["src"])
        elif token.type in ("html_block", "html_inline"):
            yield from map(html.unescape, _picture.findall(token.content))


def _is_inside(address: str) -> bool:
    return address.lower().startswith("data:")
