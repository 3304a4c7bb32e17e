"""Shortcodes of other generators: shown as they were written, since nothing here runs them.

`{{< x >}}` and `{{% x %}}` are Hugo's, `{% x %}` is Hexo's, Jekyll's and Zola's, `{{ x }}` and
`{{ x() }}` are Jekyll's and Zola's. Otherwise `{{<x>}}` would lose its `<x>` as an unknown tag,
and stars inside would be emphasis.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

# None reaches over another one's beginning, so nothing is searched twice.
SHORTCODE = re.compile(
    r"\{\{<(?:(?!\{\{|>\}\}).)*+>\}\}"
    r"|\{\{%(?:(?!\{\{|%\}\}).)*+%\}\}"
    r"|\{%(?:(?!\{%|%\}).)*+%\}"
    r"|\{\{-?(?:\s[^{}]*\s|\w+[.(][^{}]*)-?\}\}",
    re.DOTALL,
)


def shortcodes_plugin(parser: MarkdownIt) -> None:
    parser.inline.ruler.after("text", "shortcode", _shortcode)


def escaped(html: str) -> str:
    """Raw HTML with the shortcodes in it as text."""
    return SHORTCODE.sub(lambda found: found[0].replace("<", "&lt;").replace(">", "&gt;"), html)


def _shortcode(state: StateInline, silent: bool) -> bool:
    found = SHORTCODE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.append_pending(found[0])
    state.pos = found.end()
    return True
