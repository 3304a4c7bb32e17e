"""Reduces HTML to an allow-list; scripts and styles are dropped with their text.

Ids and the fragments that point at them get a prefix, so that an article cannot impersonate an
element of the page around it. Pictures at http: addresses are loaded over https:
the Content-Security-Policy of the page blocks the others.
"""

import re

import nh3

from core.markdown.highlight import TOKEN_CLASSES
from core.markdown.line_numbers import LINE

ID_PREFIX = "at-"
SCHEMES = {"http", "https", "mailto"}
VOID = {"br", "col", "hr", "img", "wbr"}
# One element stands for the implied end of another of these, as in <li>one<li>two.
IMPLIED_END = {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot"}
BLOCKS = IMPLIED_END | {"blockquote", "center", "details", "div", "dl", "figure", "ol", "pre"}
BLOCKS |= {"section", "summary", "table", "ul", "figcaption", "caption", "colgroup"}
BLOCKS |= {f"h{level}" for level in range(1, 7)}
INLINE = {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd"}
INLINE |= {"mark", "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike"}
INLINE |= {"strong", "sub", "sup", "time", "tt", "u", "var"}
TAGS = BLOCKS | INLINE | VOID

CELL = {"align", "valign", "colspan", "rowspan", "scope"}
ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": CELL,
    "th": CELL,
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "details": {"open"},
    "progress": {"value", "max"},
    "time": {"datetime"},
    "q": {"cite"},
    "blockquote": {"cite"},
}
CLASSES = {
    "pre": {"highlight"},
    "span": TOKEN_CLASSES,
    "sup": {"footnote-ref"},
    "hr": {"footnotes-sep"},
    "section": {"footnotes"},
    "ol": {"footnotes-list"},
    "li": {"footnote-item"},
    "a": {"footnote-backref"},
}
_insecure = re.compile(r"\s*http://([^/?#]*?)(?::80)?(?![^/?#])", re.IGNORECASE)


def is_insecure(address: str) -> bool:
    """Whether a picture at this address is loaded over https instead of http."""
    return _insecure.match(address) is not None


def rewritten(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("img", "src"):
        found = _insecure.match(value)
        return f"https://{found[1]}{value[found.end() :]}" if found else value
    if attribute == "id":
        return ID_PREFIX + value
    if attribute == "href" and value.startswith("#") and len(value) > 1:
        return f"#{ID_PREFIX}{value[1:]}"
    return value


def _cleaner(attributes: dict[str, set[str]]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes=attributes,
        attribute_filter=rewritten,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        # A picture is loaded when the reader comes near it; code that is wider than the page can
        # be scrolled with the keyboard.
        set_tag_attribute_values={"img": {"loading": "lazy"}, "pre": {"tabindex": "0"}},
    )


_plain = _cleaner(ATTRIBUTES)
_with_lines = _cleaner({**ATTRIBUTES, "*": ATTRIBUTES["*"] | {LINE}})


def sanitise(html: str, *, lines: bool = False) -> str:
    """Returns well-formed HTML of allowed elements; `<` and `>` are escaped in attributes too.

    With `lines`, the line numbers of core.markdown.line_numbers stay.
    """
    return (_with_lines if lines else _plain).clean(html)
