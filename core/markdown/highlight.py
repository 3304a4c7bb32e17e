"""Colours code with Pygments and CSS classes (core/static/inkpool/highlight.css).

Many lexers take quadratic time, some cubic, on text made for that. So they stop when the time
of a text is used up, and only languages whose lexers were measured are coloured: those that
return from each step in milliseconds, and a few in short blocks. Other code stays plain.
"""

import re
import time
from collections.abc import Iterator

from django.utils.html import escape
from pygments import format
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

TOKEN_CLASSES = {name for name in STANDARD_TYPES.values() if name}
LONGEST = 20_000  # characters of a block
LONGEST_SLOW = 3_000
BUDGET = 1.0  # seconds of processor time for all blocks of a text; ordinary ones take 0.02
SLOW = {"asm", "cfg", "console", "ini", "matlab", "ocaml"}
QUICK = set(
    re.findall(
        r"\S+",
        """awk bash batch c c# c++ clojure cmake cpp crystal cs csharp css d dart diff docker
        dockerfile elixir elisp erlang fortran fsharp go golang graphql groovy haskell hcl html
        http java javascript jinja js json jsx julia kotlin less lisp llvm lua make makefile md
        markdown mysql nasm nginx nim nix objective-c perl php postgresql powershell
        protobuf py python python3 r rb rs rst ruby rust sass scala scheme scss sed sh
        shell solidity sql swift tcl terraform tex toml ts tsx typescript vim vue wast
        xml yaml yml zig zsh""",
    )
)

Found = tuple[_TokenType, str]

_formatter = HtmlFormatter(nowrap=True)
_name = re.compile(r"[\w+#-]+")


class Highlighter:
    """Colours the blocks of one text."""

    def __init__(self) -> None:
        self.spent = 0.0

    def block(self, code: str, info: str = "") -> str:
        """Returns a fenced block as HTML; `info` follows the fence: `rust,ignore`, `{.python}`."""
        return f'<pre class="highlight"><code>{self._coloured(code, info)}</code></pre>\n'

    def _coloured(self, code: str, info: str) -> str:
        lexer = _lexer(info, len(code))
        start = time.thread_time()
        if lexer is None or self.spent >= BUDGET:
            return escape(code)
        try:
            return format(self._in_time(lexer.get_tokens(code), start), _formatter)
        except TimeoutError:
            return escape(code)
        finally:
            self.spent += time.thread_time() - start

    def _in_time(self, tokens: Iterator[Found], start: float) -> Iterator[Found]:
        for token in tokens:
            if self.spent + time.thread_time() - start > BUDGET:
                raise TimeoutError
            yield token


def _lexer(info: str, length: int) -> Lexer | None:
    name = _name.search(info.lower())
    if name is None or name[0] not in QUICK | SLOW:
        return None
    if length > (LONGEST if name[0] in QUICK else LONGEST_SLOW):
        return None
    return get_lexer_by_name(name[0], stripnl=False)
