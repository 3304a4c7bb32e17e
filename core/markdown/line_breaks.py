"""Joins lines without a space inside a Chinese sentence, as Chinese has no spaces.

The characters on either side decide, also through a link or an emphasis between them. Full-width
punctuation, such as 。 or （, gets no space on either side.
"""

import re
from collections.abc import Iterable, Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_han = r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_wide = r"[\u3001-\u3003\u3008-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
_shared = r"[\u2014\u2018\u2019\u201c\u201d\u2026]"  # punctuation of English too: — ‘ ’ “ ” …
_closed = re.compile(rf"{_wide}.|.{_wide}|{_han}(?:{_han}|{_shared})|{_shared}{_han}", re.DOTALL)
_between = re.compile(rf"(?<={_han})\s+(?={_han})")


def join_lines(state: StateCore) -> None:
    """Sets the content of each line end inside a paragraph: "" or a line feed, shown as a space.

    It makes one pass in each direction, because looking around from each line end takes
    quadratic time.
    """
    for token in state.tokens:
        children = token.children or []
        before = _words_beside(children)
        after = reversed(_words_beside(reversed(children)))
        for child, left, right in zip(children, before, after, strict=True):
            if child.type == "softbreak":
                child.content = "" if _closed.fullmatch(left[-1:] + right[:1]) else "\n"


def _words_beside(tokens: Iterable[Token]) -> list[str]:
    """For each token the nearest text before it; after a picture it is empty."""
    found, words = [], ""
    for token in tokens:
        found.append(words)
        if token.type in ("text", "code_inline") and token.content:
            words = token.content
        elif token.type == "image":
            words = ""
    return found


def softbreak(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Renders a line end inside a paragraph: <br> when env["breaks"] is true, else the
    content that join_lines() has set.
    """
    return "<br>\n" if env.get("breaks") else tokens[index].content


def close_up(text: str) -> str:
    """Removes the spaces between two Chinese characters."""
    return _between.sub("", text)
