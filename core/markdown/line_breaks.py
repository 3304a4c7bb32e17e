"""Chinese has no spaces: a line break inside a Chinese sentence must not become one."""

import re
from collections.abc import Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_han = r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_ends, _begins = re.compile(rf"{_han}\Z"), re.compile(_han)
_between = re.compile(rf"(?<={_han})\s+(?={_han})")


def softbreak(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """markdown-it's rule for a line end inside a paragraph."""
    before = tokens[index - 1].content if index else ""
    after = tokens[index + 1].content if index + 1 < len(tokens) else ""
    return "" if _ends.search(before) and _begins.match(after) else "\n"


def close_up(text: str) -> str:
    """The text without blanks between two Chinese characters."""
    return _between.sub("", text)
