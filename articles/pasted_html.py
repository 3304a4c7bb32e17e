"""Makes Markdown of a part of a web page that an author pastes.

Guarantees: the time is bounded: all limits are checked before markdownify, which is recursive,
parses the HTML, and its nesting before nh3, which takes quadratic time on deep HTML. What an
article cannot contain is dropped first, so no script and no `javascript:` address comes through.
"""

import re
from typing import Any

import nh3
from django.utils.translation import gettext as _

from articles.importing.html_text import Converter
from core.markdown.budgets import CHARACTERS, check
from core.markdown.raw_html import well_formed
from core.markdown.sanitise import SCHEMES

LONGEST_HTML = 1_000_000  # characters; core/static/inkpool/editor/paste.js has the same limit
MOST_TAGS = 20_000
# Tags of Microsoft Word such as <o:p>, and pictures inside the HTML, which articles do not show.
_foreign = re.compile(r"</?[a-z]+:[^<>]*>|(?<=\ssrc=\")data:[^\"]*", re.IGNORECASE)
# Google Docs puts <b> around all that is copied, and says by a style that it is not bold.
# The style is looked for within each tag: one expression for both takes quadratic time.
_bold = re.compile(r"<b\b[^<>]*>", re.IGNORECASE)
_normal_weight = re.compile(r"font-weight:\s*normal", re.IGNORECASE)
_cleaner = nh3.Cleaner(
    tags={"a", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em"}
    | {"figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol"}
    | {"p", "pre", "s", "span", "strong", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
    | {"ul"},
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", "title"},
        "code": {"class"},
        "pre": {"class"},
        "ol": {"start"},
    },
    url_schemes=SCHEMES,
    link_rel=None,
)


class PasteConverter(Converter):
    """Text such as `a + b` stays as it is: an author sees what was pasted, and can change it."""

    class Options(Converter.Options):
        escape_misc = False

    def escape(self, text: str, parent_tags: Any) -> str:
        literal = re.sub(r"[`\\]|<(?=[a-zA-Z/!?])", r"\\\g<0>", text or "")
        return str(super().escape(literal, parent_tags))  # type: ignore[misc]

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        """A picture without an address is not shown."""
        shown: str = super().convert_img(el, text, parent_tags)  # type: ignore[misc]
        return shown if el.get("src") else ""


def _without_normal_weight(tag: re.Match[str]) -> str:
    return "<span>" if _normal_weight.search(tag[0]) else tag[0]


def markdown_of_paste(html: str) -> str:
    """Returns Markdown. Raises TextRefused for HTML that is over a limit."""
    check(len(html), LONGEST_HTML, _("It has %(found)s characters of HTML; %(most)s are allowed."))
    bold = _bold.sub(_without_normal_weight, html)
    cleaned = _cleaner.clean(well_formed(_foreign.sub("", bold)))
    check(cleaned.count("<"), MOST_TAGS, _("It has %(found)s HTML tags; %(most)s are allowed."))
    markdown = PasteConverter().convert(cleaned).strip()
    message = _("The text has %(found)s characters; at most %(most)s are allowed.")
    check(len(markdown), CHARACTERS, message)
    return markdown
