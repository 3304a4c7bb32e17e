"""Markdown to safe HTML: CommonMark with tables, ~~deleted~~, footnotes and coloured code.

Articles and the guide are written in it; Flask has no counterpart. Guarantees: any text gives
HTML or raises TextRefused; every tag has passed core.markdown.sanitise; the time is proportional
to the length of the text.
"""

import html as entities
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from core.markdown.bare_addresses import bare_addresses_plugin
from core.markdown.budgets import TextRefused as TextRefused
from core.markdown.budgets import (
    check_blocks,
    check_result,
    check_source,
    parse_inlines,
    stop_at_most_tokens,
)
from core.markdown.cjk_emphasis import cjk_emphasis_plugin
from core.markdown.figures import captions
from core.markdown.footnote_marks import footnote_ref
from core.markdown.headings import add_ids, fit_levels, mend_links
from core.markdown.highlight import Highlighter
from core.markdown.line_breaks import close_up, join_lines, softbreak
from core.markdown.line_numbers import LINE, number_lines
from core.markdown.picture_sizes import add_sizes, load_first_at_once
from core.markdown.raw_html import balance
from core.markdown.sanitise import BLOCKS, sanitise
from core.markdown.shortcodes import shortcodes_plugin

VERSION = 2  # raised when any text gives other HTML: stored HTML is then rendered anew
SUMMARY = 280  # characters
_table = re.compile(r"<table\b[^>]*>|</table>")
_empty_header = re.compile(r"<th\b([^>]*)></th>")
_no_prose = re.compile(r"<(pre|table|h[1-6]|figure|section)\b.*?</\1>", re.DOTALL)
_reference = re.compile(r'<sup class="footnote-ref">.*?</sup>', re.DOTALL)
_gap = re.compile(rf"</?(?:{'|'.join(sorted(BLOCKS | {'br', 'hr'}))})\b[^>]*>")
_tag = re.compile(r"<[^>]*>")
_box = re.compile(r"\[([ xX])\] ")


def render(text: str, *, breaks: bool = False, lines: bool = False) -> str:
    """Returns the HTML of a Markdown text, whose headings begin at h2.

    With `breaks`, each line end inside a paragraph is a line break (<br>), as in Hexo. With
    `lines`, each block has the attribute `data-line`: the number of its first line, from 0.
    Raises TextRefused for a text that is over one of the limits in core.markdown.budgets.
    """
    env = {"highlighter": Highlighter(), "breaks": breaks, "lines": lines}
    markup = _parser.renderer.render(parse(text, env), _parser.options, env)
    check_result(len(markup))
    html = _readable_tables(mend_links(fit_levels(sanitise(markup, lines=lines))))
    html = load_first_at_once(add_sizes(html))
    check_result(len(html.encode()))
    return html


def parse(text: str, env: EnvType | None = None) -> list[Token]:
    """Returns the tokens of a Markdown text by the rules of this site. Raises TextRefused."""
    check_source(text)
    whole = text.encode(errors="replace").decode()  # without lone surrogates
    return _parser.parse(whole, env)


def summarise(html: str) -> str:
    """Returns an excerpt: the beginning of a rendered text as one plain line of at most SUMMARY
    characters, without code, tables and headings."""
    prose = visible_text(_no_prose.sub("<hr>", _reference.sub("", html)))
    return cut(prose or visible_text(html), SUMMARY)


def cut(text: str, length: int) -> str:
    """Returns the text, or its first characters and an ellipsis: at most `length` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def visible_text(html: str) -> str:
    """Returns the text of rendered HTML on one line, with a space between two blocks and at a line
    break."""
    return " ".join(filter(None, map(_line, _gap.split(html))))


def _line(html: str) -> str:
    return close_up(" ".join(entities.unescape(_tag.sub("", html)).split()))


def _readable_tables(html: str) -> str:
    """Makes wide tables scroll in a box of their own, with the keyboard too, and an empty header
    cell a plain one."""

    def wrapped(tag: re.Match[str]) -> str:
        if tag[0] == "</table>":
            return "</table></div>"
        return f'<div class="table-scroll" tabindex="0">{tag[0]}'

    return _table.sub(wrapped, _empty_header.sub(r"<td\1></td>", html))


def _align_cells(state: StateCore) -> None:
    """Writes alignment as an attribute: the CSP blocks the style that markdown-it writes."""
    for token in state.tokens:
        if style := token.attrs.pop("style", None):
            token.attrs["align"] = str(style).removeprefix("text-align:")


def _check_boxes(state: StateCore) -> None:
    """Shows `- [ ] to do` and `- [x] done` as ☐ and ☑: sanitized HTML has no form fields."""
    for item, paragraph, text in zip(*(state.tokens[i:] for i in range(3)), strict=False):
        if (item.type, paragraph.type) != ("list_item_open", "paragraph_open"):
            continue
        first = text.children[0] if text.children else None
        if first and first.type == "text" and (box := _box.match(first.content)):
            first.content = ("☐" if box[1] == " " else "☑") + first.content[3:]


def _fence(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    token = tokens[index]
    html: str = env["highlighter"].block(token.content, token.info)
    line = token.attrs.get(LINE)
    return html if line is None else html.replace("<pre", f'<pre {LINE}="{line}"', 1)


def _new_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False)
    for plugin in (cjk_emphasis_plugin, bare_addresses_plugin, shortcodes_plugin):
        parser.use(plugin)
    parser.inline.ruler.at("footnote_ref", footnote_ref)
    parser.block.ruler.before("table", "stop_at_most_tokens", stop_at_most_tokens)
    parser.core.ruler.at("inline", parse_inlines)
    parser.core.ruler.before("inline", check_blocks.__name__, check_blocks)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("softbreak", softbreak)
    rules = (add_ids, _align_cells, _check_boxes, captions, balance, join_lines, number_lines)
    for rule in rules:
        parser.core.ruler.push(rule.__name__, rule)
    return parser


_parser = _new_parser()
