"""Emphasis (`*`, `**`, `***`) and deletion (`~~`) beside Chinese, Japanese and Korean.

CommonMark decides by the spaces and the punctuation around a delimiter run whether it opens or
closes emphasis. Chinese has no spaces: the second run in `**注意：**这里` stands between
punctuation and a letter, so it only opens, and the asterisks are shown. Here a run beside a CJK
character may open and close, as in the CommonMark CJK-friendly amendments
(https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md). Without a CJK
character, beside a space, and for `_`, CommonMark's rule holds unchanged.

One addition: quotation marks, dashes and ellipses that Chinese shares with English count as
CJK when a CJK character stands on their other side, so `**“缓存”**Redis` is bold too.
"""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.common.utils import isWhiteSpace
from markdown_it.rules_inline import StateInline, emphasis, strikethrough

CJK = (  # wide, full-width and half-width characters and Hangul, without emoji
    "\u1100-\u11ff\u20a9\u2329\u232a\u2e80-\u2fff\u3001-\ua4cf\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uffee\U00016fe0-\U00018dff"
    "\U0001aff0-\U0001b2ff\U00020000-\U0003fffd"
)
_marks = "—‘’“”…"  # core.markdown.line_breaks has the same: English has them too
_selectors = "\ufe00-\ufe0e"  # variation selectors, but for the one that makes an emoji
_ideographic = "\U000e0100-\U000e01ef"
_quote = "[‘’“”]\ufe01"  # in its full-width form
_before = re.compile(rf"(?:[{CJK}{_ideographic}][{_selectors}]?|{_quote})[{_marks}]*\Z")
_after = re.compile(rf"[{_marks}]*[{CJK}]")
REACH = 8  # characters before a run that _before is matched with

InlineRule = Callable[[StateInline, bool], bool]


def cjk_emphasis_plugin(parser: MarkdownIt) -> None:
    """Replaces two rules of this parser."""
    parser.inline.ruler.at("emphasis", _friendly(emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", _friendly(strikethrough.tokenize))


def _friendly(tokenize: InlineRule) -> InlineRule:
    """Wraps a rule of markdown-it: beside CJK, each delimiter of its run may open and close."""

    def rule(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not tokenize(state, silent):
            return False
        if state.src[start] != "_" and _in_cjk(state, start, state.pos):
            for delimiter in state.delimiters[known:]:
                delimiter.open = delimiter.close = True
        return True

    return rule


def _in_cjk(state: StateInline, start: int, end: int) -> bool:
    if start == 0 or end >= state.posMax:
        return False
    if isWhiteSpace(ord(state.src[start - 1])) or isWhiteSpace(ord(state.src[end])):
        return False
    before = state.src[max(0, start - REACH) : start]
    return bool(_before.search(before) or _after.match(state.src, end, state.posMax))
