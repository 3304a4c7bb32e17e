"""Links bare addresses: `https://…`, `http://…` and `www.…`, as GitHub's Markdown does.

Text that begins with none of these (`config.py`, `example.com`) is not linked, and neither is an
e-mail address: `git@host:path` and `package@1.2.3` look like one. `<a@b.example>` links it.

An address ends at a space, a quotation mark, a bracket that it did not open, or Chinese
punctuation, and leaves `?!.,:;*_~'` at its end to the sentence. Chinese letters belong to it at
the beginning of a part (`/路径`, `?q=缓存`) and anywhere in closed parentheses
(`/缓存_(计算机)`); after a Latin letter or a digit, and after the host name, they belong to the
sentence (`https://a.example/b即可`).

linkify-it-py does not fit: it takes `，b` into the address and quadratic time for `(` × n.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline, html_inline

from core.markdown.cjk_emphasis import CJK

TRAILING = "?!.,:;*_~'"
_han = rf"(?:(?=\w)[{CJK}])"  # letters of CJK, no punctuation
_letter = rf"(?:(?![{CJK}])\w)"
_latin = rf"(?>(?:{_letter}|-)+)"  # atomic, not `++`: Python 3.11.2 matches `(?:…)++` wrongly
_label = rf"(?:{_latin}|(?>{_han}+))"  # `com即可` is the end of a host and a word
_top = rf"(?>(?:(?!_){_letter}|-)+|{_han}+)"
# A name has at most 127 labels; without that bound `www._` × n takes quadratic time.
_dotted = rf"(?>(?:{_label}\.){{1,126}}{_top})"
_port = r"(?>(?::\d{1,5}(?!\d))?)"
_mark = r"[!#$%&'+,./:;=?@{}^-]|\*(?!\*)|~(?!~)|\\[!-/:-@\[-`{-~]"
_character = rf"{_letter}|{_mark}|(?<=[/=?&#_-]){_han}\w*"
# Atomic: where `)` is missing, nothing is tried a second time.
_path = rf"(?:[/?#](?:{_character}|\((?>(?:\w|{_mark})*)\))*)?"
# A host without a dot, such as localhost, is complete only where no word goes on.
_scheme = re.compile(rf"(?:{_dotted}|{_latin}(?![\w.])){_port}(?!@|:\w){_path}", re.IGNORECASE)
_www = re.compile(rf"www\.{_dotted}{_port}(?!@){_path}")
_schemes = re.compile(r"https?\Z", re.IGNORECASE)
_word = re.compile(rf"(?!_){_letter}|[.+@/\\-]")  # an address does not begin behind these
_entity = re.compile(r"&\w{1,31}\Z")
_code = re.compile(r"<(/?)(?:code|kbd|pre|samp|tt)\b", re.IGNORECASE)


def bare_addresses_plugin(parser: MarkdownIt) -> None:
    parser.inline.add_terminator_char("w")
    parser.inline.ruler.after("text", "bare_address", _bare_address)
    parser.inline.ruler.at("html_inline", _html_inline)


def _bare_address(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule. `silent` looks for the end of a link's text, which holds no links."""
    if silent or state.linkLevel > 0:
        return False
    if state.src[state.pos] == ":":
        return _with_scheme(state)
    return state.src.startswith("www.", state.pos) and _without_scheme(state)


def _with_scheme(state: StateInline) -> bool:
    src, pos = state.src, state.pos
    scheme = _schemes.search(src[max(0, pos - 5) : pos])
    if scheme is None or not src.startswith("://", pos):
        return False
    start = pos - len(scheme[0])
    found = _scheme.match(src, pos + 3, state.posMax)
    if found is None or _in_word(src, start) or not state.pending.endswith(scheme[0]):
        return False
    state.pending = state.pending[: -len(scheme[0])]
    _push(state, start, found.end(), "")
    return True


def _without_scheme(state: StateInline) -> bool:
    found = _www.match(state.src, state.pos, state.posMax)
    if found is None or _in_word(state.src, state.pos):
        return False
    _push(state, state.pos, found.end(), "http://")
    return True


def _in_word(src: str, start: int) -> bool:
    return start > 0 and bool(_word.match(src, start - 1))


def _push(state: StateInline, start: int, end: int, scheme: str) -> None:
    written = _trimmed(state.src[start:end])
    text = unescapeAll(written)
    state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(scheme + text)}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
    state.pos = start + len(written)


def _trimmed(address: str) -> str:
    """Returns the address without trailing punctuation of the sentence, and without a trailing
    character written as an entity, such as `&lt;`."""
    shorter = address.rstrip(TRAILING)
    entity = _entity.search(shorter, max(0, len(shorter) - 32))
    if entity is None or not address.startswith(";", len(shorter)):
        return shorter
    return shorter[: entity.start()].rstrip(TRAILING)


def _html_inline(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule, which also allows no links within raw <code>, as within <a>."""
    start = state.pos
    if not html_inline(state, silent):
        return False
    if not silent and (tag := _code.match(state.src, start)):
        state.linkLevel += -1 if tag[1] else 1
    return True
