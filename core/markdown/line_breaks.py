"""Chinese has no spaces: a line break inside a Chinese sentence must not become one.

Promises: the words on either side decide, also through a link or an emphasis between them; a mark
as wide as a character, such as 。 or （, has its air already, whatever stands on its other side.
"""

import re
from collections.abc import Iterable, Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_han = r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_wide = r"[\u3001-\u3003\u3008-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
_shared = r"[\u2014\u2018\u2019\u201c\u201d\u2026]"  # marks that English has too: — ‘ ’ “ ” …
_closed = re.compile(rf"{_wide}.|.{_wide}|{_han}(?:{_han}|{_shared})|{_shared}{_han}", re.DOTALL)
_between = re.compile(rf"(?<={_han})\s+(?={_han})")


def softbreak(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Renders a line end inside a paragraph: <br> when env["breaks"] is true, else a blank."""
    if env.get("breaks"):
        return "<br>\n"
    before, after = beside(reversed(tokens[:index])), beside(tokens[index + 1 :])
    return "" if _closed.fullmatch(before[-1:] + after[:1]) else "\n"


def beside(tokens: Iterable[Token]) -> str:
    """The first words of those; a picture is none."""
    for token in tokens:
        if token.type in ("text", "code_inline") and token.content:
            return token.content
        if token.type == "image":
            break
    return ""


def close_up(text: str) -> str:
    """The text without blanks between two Chinese characters."""
    return _between.sub("", text)
