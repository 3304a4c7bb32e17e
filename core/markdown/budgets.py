"""Limits that keep the time of rendering proportional to the length of a text.

Libraries take quadratic time on some texts, and a thread that renders cannot be interrupted. So
each expensive step first counts the text, and refuses one that is over a limit. The counts do not
depend on the speed of the machine. Each limit is many times what the largest known article needs.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

CHARACTERS = 500_000
PARAGRAPH = 20_000  # characters of a paragraph, a heading, a table cell
ROW = 20_000  # characters of a table row
COLUMNS = 200
CELLS = 20_000
LEVELS = 18  # markdown-it drops blocks nested more than one level deeper
TAG = 10_000  # characters of an HTML tag: each attribute is compared with all others
LINKS = 10_000  # and pictures
FOOTNOTES = 1_000
REFERENCES = 2_000  # to footnotes: each makes two links, there and back
TOKENS = 150_000  # pieces that markdown-it finds: each is an object of some hundred bytes
BYTES = 5_000_000  # of the HTML
SHOWN = 30  # characters of a paragraph that a message quotes
CELL = ("th_open", "td_open")


class TextRefused(ValueError):  # noqa: N818 - names the text, not a fault of the program
    """A text is over a limit. The message names the limit, its value, and what was found."""


def check(found: int, most: int, message: str, **names: object) -> None:
    """Raises TextRefused with the message if `found` is more than `most`."""
    if found > most:
        numbers = {"found": f"{found:,}", "most": f"{most:,}"}
        raise TextRefused(message % {**numbers, **names})


def check_source(text: str) -> None:
    message = _("The text has %(found)s characters; at most %(most)s are allowed.")
    check(len(text), CHARACTERS, message)


def stop_at_most_tokens(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block rule that matches nothing, and raises TextRefused at more than TOKENS."""
    _check_tokens(len(state.tokens))
    return False


def _check_tokens(found: int) -> None:
    message = _("The text has at least %(found)s pieces of markup; at most %(most)s are allowed.")
    check(found, TOKENS, message)


def check_blocks(state: StateCore) -> None:
    """markdown-it's rule between the block phase and the inline phase."""
    _check_levels(state.tokens)
    _check_paragraphs(state.tokens)
    _check_rows(state.tokens)
    footnotes = sum(token.type == "footnote_reference_open" for token in state.tokens)
    message = _("The text has %(found)s footnotes; at most %(most)s are allowed.")
    check(footnotes, FOOTNOTES, message)


def _check_levels(tokens: Sequence[Token]) -> None:
    message = _(
        "Quotations and lists are nested at least %(found)s levels deep (a list counts as two "
        "levels); at most %(most)s are allowed."
    )
    blocks = (token.level for token in tokens if token.type != "inline")
    check(max(blocks, default=0), LEVELS, message)


def _check_paragraphs(tokens: Sequence[Token]) -> None:
    message = _(
        "The paragraph “%(start)s…” has %(found)s characters; at most %(most)s are allowed."
    )
    for token in tokens:
        if token.type == "inline":
            check(len(token.content), PARAGRAPH, message, start=_beginning(token.content))


def _beginning(text: str) -> str:
    """The first characters on one line, since a message of the import is one line."""
    return " ".join(text[:SHOWN].split())


def _check_rows(tokens: Sequence[Token]) -> None:
    message = _("The tables of the text have %(found)s cells; at most %(most)s are allowed.")
    check(sum(token.type in CELL for token in tokens), CELLS, message)
    row: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(token.content)
        elif token.type == "tr_close":
            _check_row(row)


def _check_row(cells: list[str]) -> None:
    names = {"start": _beginning(cells[0])}
    message = _("The table “%(start)s…” has %(found)s columns; at most %(most)s are allowed.")
    check(len(cells), COLUMNS, message, **names)
    message = _(
        "The table row “%(start)s…” has %(found)s characters; at most %(most)s are allowed."
    )
    check(sum(map(len, cells)), ROW, message, **names)


class Spent:
    """Counts tokens, links and characters of a text while it is parsed."""

    tokens = links = references = characters = 0

    def add(self, tokens: Sequence[Token]) -> None:
        """Adds tokens of the text or of a paragraph. Raises TextRefused when it has too many."""
        self.tokens += len(tokens)
        self.links += sum(token.type in ("link_open", "image") for token in tokens)
        self.references += sum(token.type == "footnote_ref" for token in tokens)
        self.characters += sum(map(_length, tokens))
        self._check()

    def _check(self) -> None:
        message = _("The text has %(found)s links and pictures; at most %(most)s are allowed.")
        check(self.links, LINKS, message)
        message = _("The text refers to footnotes %(found)s times; at most %(most)s are allowed.")
        check(self.references, REFERENCES, message)
        _check_tokens(self.tokens)
        check_result(self.characters)  # a short reference may stand for a long address


def check_tag(size: int) -> None:
    """`size`: characters of the attributes of an HTML tag."""
    message = _("An HTML tag of the text has %(found)s characters; at most %(most)s are allowed.")
    check(size, TAG, message)


def _length(token: Token) -> int:
    return len(token.content) + sum(len(str(value)) for value in token.attrs.values())


def check_result(size: int) -> None:
    """`size`: bytes of the HTML, or fewer when it is not yet made."""
    message = _("The text becomes at least %(found)s bytes of HTML; at most %(most)s are allowed.")
    check(size, BYTES, message)


def parse_inlines(state: StateCore) -> None:
    """markdown-it's rule `inline`. Raises TextRefused as soon as the text is over a limit."""
    spent = Spent()
    spent.add(state.tokens)
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)
            spent.add(token.children)
