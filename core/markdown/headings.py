"""Gives headings ids to link to, and levels that fit below the page's own title."""

import re
from itertools import count
from urllib.parse import unquote

from django.utils.text import slugify
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

FALLBACK = "section"
TOP = 2  # the page's title is the h1
LONGEST_ID = 1_000  # characters: normalizing takes quadratic time on combining marks
_tag = re.compile(r"<(/?)h([1-6])\b")
_id = re.compile(r'<[^>]* id="([^"]+)"')
_link = re.compile(r'(<a\b[^>]* href="#)([^"]+)')


def add_ids(state: StateCore) -> None:
    """Gives each Markdown heading an id made of its text: `What is new` becomes `what-is-new`."""
    numbers: dict[str, count[int]] = {}
    used: set[str] = set()
    for opening, text in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "heading_open":
            opening.attrSet("id", _unique(_slug(text), used, numbers))


def plain_text(inline: Token) -> str:
    """Returns the text of a heading without emphasis and tags."""
    shown = (child for child in inline.children or [] if child.type != "html_inline")
    texts = [" " if child.type.endswith("break") else child.content for child in shown]
    return " ".join("".join(texts).split())


def _slug(inline: Token) -> str:
    return slugify(plain_text(inline)[:LONGEST_ID], allow_unicode=True) or FALLBACK


def _unique(slug: str, used: set[str], numbers: dict[str, "count[int]"]) -> str:
    name = slug
    while name in used:  # each slug counts on from its last number: no quadratic search
        name = f"{slug}-{next(numbers.setdefault(slug, count(1)))}"
    used.add(name)
    return name


def fit_levels(html: str) -> str:
    """Makes the outermost headings h2 and closes gaps between levels."""
    above: list[int] = []
    opened: list[int] = []

    def fitted(tag: re.Match[str]) -> str:
        if tag[1]:
            return f"</h{opened.pop()}"
        while above and above[-1] >= int(tag[2]):
            above.pop()
        above.append(int(tag[2]))
        opened.append(min(TOP - 1 + len(above), 6))
        return f"<h{opened[-1]}"

    return _tag.sub(fitted, html)


def mend_links(html: str) -> str:
    """Corrects links to headings that spell the id as another generator does.

    Of “What's new” GitHub makes `whats-new`, and Zola `what-s-new`.
    """
    ids = _id.findall(html)
    known, spelled = set(ids), {_bare(name): name for name in reversed(ids)}

    def mended(link: re.Match[str]) -> str:
        name = unquote(link[2])
        return link[0] if name in known else f"{link[1]}{spelled.get(_bare(name), link[2])}"

    return _link.sub(mended, html)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
