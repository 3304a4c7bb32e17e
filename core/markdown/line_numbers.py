"""Numbers the blocks of a rendered text by the lines that they were made from.

The editor scrolls its preview to the line that has the caret. Stored HTML has no line numbers.
"""

from markdown_it.rules_core import StateCore

LINE = "data-line"


def number_lines(state: StateCore) -> None:
    """markdown-it's rule: gives each block its first line, from 0, if render() was asked for it."""
    if not state.env.get("lines"):
        return
    for token in state.tokens:
        if token.map and token.nesting >= 0 and token.type not in ("inline", "html_block"):
            token.attrSet(LINE, str(token.map[0]))
