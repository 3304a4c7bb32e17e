"""Shows the shortcodes of other generators as they were written, since nothing here runs them.

`{{< x >}}` and `{{% x %}}` are Hugo's, `{% x %}` is Hexo's, Jekyll's and Zola's, `{{ x }}` and
`{{ x() }}` are Jekyll's and Zola's. Otherwise `{{<x>}}` would lose its `<x>` as an unknown tag,
and asterisks inside would be emphasis.

Hugo's may span lines. Blank lines and list markers inside do not end one, and a `>}}` on a line
of its own is the end of a shortcode, not a quotation.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote
from markdown_it.rules_inline import StateInline

# None spans the beginning of another one, so nothing is searched twice.
SHORTCODE = re.compile(
    r"\{\{<(?>(?:(?!\{\{|>\}\}).)*)>\}\}"
    r"|\{\{%(?>(?:(?!\{\{|%\}\}).)*)%\}\}"
    r"|\{%(?>(?:(?!\{%|%\}).)*)%\}"
    r"|\{\{-?(?:\s[^{}]*\s|\w+[.(][^{}]*)-?\}\}",
    re.DOTALL,
)
# As in SHORTCODE, the beginning of another one ends the search: it takes linear time.
_ends = {"{{<": re.compile(r">\}\}|\{\{"), "{{%": re.compile(r"%\}\}|\{\{")}
_interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def shortcodes_plugin(parser: MarkdownIt) -> None:
    parser.inline.ruler.after("text", "shortcode", _shortcode)
    parser.block.ruler.before("blockquote", "shortcode_block", _shortcode_block, _interrupts)
    parser.block.ruler.at("blockquote", _blockquote, _interrupts)


def escaped(html: str) -> str:
    """Raw HTML with the shortcodes in it as text."""
    return SHORTCODE.sub(lambda found: found[0].replace("<", "&lt;").replace(">", "&gt;"), html)


def _shortcode_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Takes the lines of a shortcode that begins a line and ends on a later one."""
    last = _last_line(state, first, end)
    if last is None or last == first:
        return False
    if not silent:
        _push_paragraph(state, first, last + 1)
    return True


def _last_line(state: StateBlock, first: int, end: int) -> int | None:
    start = state.bMarks[first] + state.tShift[first]
    ends = _ends.get(state.src[start : start + 3])
    if ends is None or state.is_code_block(first):
        return None
    start += 3
    for line in range(first, end):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return None  # behind the item of a list
        if found := ends.search(state.src, max(start, state.bMarks[line]), state.eMarks[line]):
            return None if found[0] == "{{" else line
    return None


def _push_paragraph(state: StateBlock, first: int, behind: int) -> None:
    state.line = behind
    state.push("paragraph_open", "p", 1).map = [first, behind]
    inline = state.push("inline", "", 0)
    inline.map, inline.children = [first, behind], []
    inline.content = state.getLines(first, behind, state.blkIndent, False).strip()
    state.push("paragraph_close", "p", -1)


def _blockquote(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """markdown-it's rule, except at the end of a shortcode that began inside a line."""
    start = state.bMarks[first] + state.tShift[first]
    return not state.src.startswith(">}}", start) and blockquote(state, first, end, silent)


def _shortcode(state: StateInline, silent: bool) -> bool:
    """Shows a shortcode as written, and an escaped one, `\\{{<x>}}`, without the backslash."""
    start = state.pos + state.src.startswith("\\", state.pos)
    found = SHORTCODE.match(state.src, start, state.posMax)
    if found is None:
        return False
    if not silent:
        state.append_pending(found[0])
    state.pos = found.end()
    return True
