"""Remarks on a text: parts that the page shows otherwise than its author may expect.

The editor shows them after a preview and a save, the import with the name of the file.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _
from markdown_it.token import Token

from core.markdown import cut, parse, render
from core.markdown.sanitise import ID_PREFIX, is_insecure
from core.markdown.shortcodes import SHORTCODE

MOST = 5  # examples of a kind
LONGEST = 60  # characters of an example
EMBEDS = {
    "applet",
    "audio",
    "button",
    "canvas",
    "embed",
    "form",
    "frame",
    "iframe",
    "input",
    "math",
}
EMBEDS |= {"object", "script", "select", "style", "svg", "textarea", "video"}
_suspicious = re.compile(rf"\{{[{{%]|http:|data:|<(?:{'|'.join(EMBEDS)})\b", re.IGNORECASE)
_anchor = re.compile(rf'<a\b[^>]*\shref="#{ID_PREFIX}([^"]*)"')
_id = re.compile(rf'<[^>]*\sid="{ID_PREFIX}([^"]*)"')
_source = re.compile(r'<img\b[^>]*\ssrc="([^"]*)"')
_absolute = re.compile(r"[a-z][a-z0-9+.-]*:|/", re.IGNORECASE)
_picture = re.compile(  # the value of another attribute may hold `>`
    r"""<img\b(?:[^<>"']|"[^"]*"|'[^']*')*?\ssrc\s*=\s*+["']?\s*+([^\s"'<>]+)""", re.IGNORECASE
)
_kind = re.compile(r"(\{[{%][<%]?)\W*([\w.-]*)")  # {{< and figure, also of its closing {{< /figure


def remarks(text: str, rendered: str | None = None) -> list[str]:
    """Returns sentences in the current language; most texts get none, and are not parsed again.

    `rendered`: the HTML of the text, if the caller has it. Raises TextRefused as render() does.
    """
    rendered = render(text) if rendered is None else rendered
    found = _found_in_text(text) if _suspicious.search(text) else {}
    found[_("Links lead to no heading of the text: %s")] = _dead_anchors(rendered)
    found[_("Pictures are not shown, as their addresses are relative: %s")] = _relative(rendered)
    return [sentence % _examples(things) for sentence, things in found.items() if things]


def _found_in_text(text: str) -> dict[str, list[str]]:
    env: dict[str, Any] = {}
    tokens = list(_flat(parse(text, env)))
    pictures = list(dict.fromkeys(_pictures(tokens)))
    return {
        _("Shortcodes are shown as they were written: %s"): _shortcodes(tokens),
        _("Pictures are loaded over https instead of http: %s"): [*filter(is_insecure, pictures)],
        _("Pictures inside the text (data:) are left out: %s"): [*filter(_is_inside, pictures)],
        _("Articles cannot contain this, so it is left out: %s"): [
            tag for name, tag in env["dropped"].items() if name in EMBEDS
        ],
    }


def _dead_anchors(rendered: str) -> list[str]:
    """The links to ids that the text does not have, as `#name`."""
    ids = {html.unescape(each) for each in _id.findall(rendered)}
    found = dict.fromkeys(unquote(html.unescape(each)) for each in _anchor.findall(rendered))
    return [f"#{name}" for name in found if name not in ids]


def _relative(rendered: str) -> list[str]:
    """The addresses of pictures that depend on the address of the page."""
    sources = dict.fromkeys(_source.findall(rendered))
    return [unquote(html.unescape(each)) for each in sources if not _absolute.match(each)]


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
