"""Makes HTML inside Markdown well-formed before it is sanitized.

Guarantees: tags outside the allow-list are removed, each element is closed where the Markdown
block around it ends, a `<` that starts no tag is text, and nesting is bounded. So an open
`<details>` cannot take in the rest of the page, and the time of sanitizing is proportional to the
length of the text.
"""

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from core.markdown.budgets import check_tag
from core.markdown.sanitise import BLOCKS, IMPLIED_END, TAGS, VOID
from core.markdown.shortcodes import escaped

DEEPEST = 50
_value = r"""[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*\""""
_attribute = rf"\s+[a-zA-Z_:][\w:.-]*(?:\s*=\s*(?:{_value}))?"
_tag = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:{_attribute})*)\s*/?>", re.ASCII)
# An unclosed one runs to the end of the text, so nothing is searched twice.
_hidden = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<![^>]*(?:>|\Z)"
    r"|<(script|style)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)


def balance(state: StateCore) -> None:
    """markdown-it's rule: rewrites the HTML tokens of a whole text."""
    balancer, tokens = Balancer(), []
    for token in state.tokens:
        if token.nesting == -1:
            tokens.append(_html(balancer.leave(token.level)))
        if token.type == "html_block":
            token.content = balancer.block(token.content, token.level)
        elif token.type == "inline":
            balancer.inline(token)
        tokens.append(token)
    state.tokens = [*tokens, _html(balancer.leave(-1))]
    state.env["dropped"] = balancer.dropped


def _html(content: str, kind: str = "html_block") -> Token:
    return Token(kind, "", 0, content=content)


class Balancer:
    """Holds the open elements, each with the depth of the Markdown around it.

    `dropped` has the first tag of each name that is not allowed, as it was written.
    """

    def __init__(self) -> None:
        self.dropped: dict[str, str] = {}
        self.names: list[str] = []
        self.levels: list[int] = []

    def block(self, html: str, level: int) -> str:
        written = self._rewritten(escaped(_hidden.sub(self._hide, html)), level)
        if "p" not in self.names:
            return written
        return written + self._close(self.names.index("p"))  # a paragraph holds no paragraphs

    def inline(self, token: Token) -> None:
        """Closes the elements that end with the paragraph: all but blocks."""
        children, floor = token.children or [], len(self.names)
        for child in children:
            if child.type == "html_inline":
                child.content = self._rewritten(_hidden.sub(self._hide, child.content), token.level)
                floor = min(floor, len(self.names))
        opened = enumerate(self.names[floor:], floor)
        if (first := next((i for i, name in opened if name not in BLOCKS), None)) is not None:
            children.append(_html(self._close(first), "html_inline"))

    def leave(self, level: int) -> str:
        """Returns the closing tags of the elements that were opened deeper than `level`."""
        inside = (i for i, depth in enumerate(self.levels) if depth > level)
        return self._close(next(inside, len(self.names)))

    def _hide(self, hidden: re.Match[str]) -> str:
        if hidden[1]:
            self.dropped.setdefault(hidden[1].lower(), hidden[0].partition(">")[0] + ">")
        return ""

    def _rewritten(self, html: str, level: int) -> str:
        parts, end = [], 0
        for tag in _tag.finditer(html):
            parts += [html[end : tag.start()].replace("<", "&lt;"), self._tag(tag, level)]
            end = tag.end()
        return "".join([*parts, html[end:].replace("<", "&lt;")])

    def _tag(self, tag: re.Match[str], level: int) -> str:
        name = tag[2].lower()
        if name not in TAGS:
            self.dropped.setdefault(name, tag[0])
            return ""
        if tag[1] and name not in self.names:
            return ""
        check_tag(len(tag[3]))
        if tag[1]:
            return self._close(len(self.names) - 1 - self.names[::-1].index(name))
        if name in VOID:
            return tag[0]
        ended = self._close(self._implied_end(name))
        if len(self.names) == DEEPEST:
            return ended
        self.names.append(name)
        self.levels.append(level)
        return f"{ended}<{name}{tag[3]}>"

    def _implied_end(self, name: str) -> int:
        """The index of the open element that a new `name` ends, as <li> ends the <li> before."""
        for i in range(len(self.names) - 1, -1, -1):
            if name not in IMPLIED_END or self.names[i] not in IMPLIED_END:
                break
            if self.names[i] == name:
                return i
        return len(self.names)

    def _close(self, first: int) -> str:
        closing = "".join(f"</{name}>" for name in reversed(self.names[first:]))
        del self.names[first:], self.levels[first:]
        return closing


def well_formed(html: str) -> str:
    """Returns HTML of the allowed elements, each of them closed, at most DEEPEST levels deep.

    Raises TextRefused for a tag with too many characters.
    """
    balancer = Balancer()
    return balancer.block(html, 0) + balancer.leave(-1)
