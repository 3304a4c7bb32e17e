"""References to footnotes (`[^1]`), found without a search to the end of the paragraph.

The library's rule walks from each `[^` to the end of the line: quadratic time on `[^[^[^…`.
"""

import re

from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote.index import footnote_ref as find_reference

LONGEST = 999  # characters of a label, as CommonMark has it for links
_mark = re.compile(rf"\[\^[^\] \n]{{1,{LONGEST}}}\]")


def footnote_ref(state: StateInline, silent: bool) -> bool:
    """The library's rule, called only where a whole reference stands."""
    if not _mark.match(state.src, state.pos, state.posMax):
        return False
    return find_reference(state, silent)
