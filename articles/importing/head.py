"""Finds the head of a file: front matter of Hexo, Jekyll, Hugo or Zola.

A file has a head, or has none, or is refused: a head that is parsed in part, or shown as text,
would publish drafts. Blank lines, byte order marks and HTML comments may stand
above a head. Its first line of dashes may be missing, as in Hexo, and may name the format.
"""

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.formats import READERS, json_end, read_mapping
from articles.importing.head_signs import (
    NAMES_ALONE,
    begins_head,
    decides,
    has_known,
    has_two,
    is_part,
    name_of,
    names_in,
)

ALLOWED = ", ".join(form for form in READERS if form.isalpha())
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"  # byte order marks and characters without width
BLANK_LINES = rf"(?:(?:[^\S\n]|[{INVISIBLE}])*\n)*[{INVISIBLE}]*"
_above = re.compile(
    rf"(?>(?:(?>(?:[^\S\n]|[{INVISIBLE}])*)(?:\n|<!--.*?-->))*)[{INVISIBLE}]*+", re.DOTALL
)
_comment = re.compile(r"<!--(.*?)-->", re.DOTALL)
OPENING = re.compile(
    r"(?P<fence>-{3,}|\+{3,}|;{3,})[ \t]*(?P<form>[A-Za-z]*)(?:[ \t]+#.*)?[ \t]*(?:\n|\Z)"
)
_close = re.compile(r"^(-{3,}|\+{3,}|;{3,}|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_markup = re.compile(r"#{1,6} |>|\*{1,3}[^\s*]|_{1,3}[^\W_]|!?\[.+\][(\[]|<[A-Za-z]|`")
_forms = {"-": "yaml", "+": "toml", ";": ";"}


NEAR = 30  # the first lines, in which names and values are looked for


class Head(NamedTuple):
    fields: dict[str, Any]
    start: int  # in the text of the file, the fences included
    end: int


def find_head(text: str) -> Head | None:
    """Returns the head of a file, or None. Raises Refused if it is not closed or not parsable."""
    start = start_of(text)
    for comment in _comment.findall(text[:start]):
        _check_comment(comment)
    if re.compile(r'\{\s*"').match(text, start):
        return _json_object(text, start)
    if found := OPENING.match(text, start):
        return _fenced(text, found)
    return _without_first_fence(text, start)


def start_of(text: str) -> int:
    """The index at which a head would begin, after blank lines and HTML comments."""
    found = _above.match(text)
    return found.end() if found else 0


def _check_comment(comment: str) -> None:
    lines = [line for line in comment.splitlines() if line.strip() and name_of(line)]
    if begins_head(lines) or any(decides(line) or line.startswith(".. ") for line in lines):
        raise Refused(_("has front matter in an HTML comment; put it between two lines “---”"))


def _json_object(text: str, start: int) -> Head | None:
    end = json_end(text, start)
    fields = read_mapping("json", text[start:end])
    if text[end:].partition("\n")[0].strip():
        if has_known(fields):
            raise Refused(_("has text on the line where its front matter ends"))
        return None  # a sentence about JSON
    return Head(fields, start, end)


def _fenced(text: str, opening: re.Match[str]) -> Head | None:
    mark, form = opening["fence"][0], opening["form"].lower()
    closing = _closing(text, opening.end(), mark)
    inner = text[opening.end() : closing.start() if closing else len(text)]
    if form and form not in READERS:
        _check_foreign(inner, form)
        return None
    if mark == "-" and not form and _is_rule(inner, closed=closing is not None):
        return None
    if closing is None:
        raise Refused(_("has front matter that is not closed: %s is missing") % (mark * 3))
    return Head(read_mapping(form or _forms[mark], inner), opening.start(), closing.end())


def _closing(text: str, start: int, mark: str) -> re.Match[str] | None:
    """The line that closes a head: of its opening character, or YAML's dots."""
    marks = {"-": "-.", "+": "+", ";": ";"}[mark]
    return next((line for line in _close.finditer(text, start) if line[1][0] in marks), None)


def _check_foreign(inner: str, form: str) -> None:
    if names_in(inner.split("\n")):
        values = {"form": form, "allowed": ALLOWED}
        raise Refused(_("has front matter in “%(form)s”; allowed are %(allowed)s") % values)


def _is_rule(inner: str, *, closed: bool) -> bool:
    """Whether dashes at the top are a horizontal rule, with a text below it and no known names."""
    lines = [line.strip() for line in inner.split("\n")]
    filled = [line for line in lines if line]
    if not filled or begins_head(filled) or _is_named(filled[:NEAR]):
        return False
    apart = not lines[0]  # a head begins on the line below its fence
    if not closed:
        return apart or not name_of(filled[0])
    several = "" in lines[:-1]  # paragraphs; the last line is the empty one above the fence
    if fields := _mapping_or_nothing(inner):
        heading = filled[0].startswith("#")  # which YAML would drop as a comment
        if apart or ((several or heading) and not has_known(fields)):
            raise _unclear(filled[0])
        return False
    return apart or (several and not name_of(filled[0])) or _is_marked_up(filled)


def _is_marked_up(lines: list[str]) -> bool:
    """Whether the lines begin with Markdown that no head begins with, and hold no names."""
    return bool(_markup.match(lines[0])) and not any(name_of(line.lstrip("#>* ")) for line in lines)


def _is_named(lines: list[str]) -> bool:
    names = [name_of(line) for line in lines]
    return has_two(names) or any(name in NAMES_ALONE for name in names)


def _mapping_or_nothing(inner: str) -> dict[str, Any]:
    try:
        return read_mapping("yaml", inner)
    except Refused:
        return {}


def _without_first_fence(text: str, start: int) -> Head | None:
    """As in Hexo: names and values above the only fence. A heading may look like this, too."""
    closing = _close.search(text, start)
    inner = text[start : closing.start() if closing else len(text)]
    if closing and closing[1] != "..." and _is_head(inner, closing[1][0]):
        form = _forms[closing[1][0]]
        return Head(read_mapping(form, inner), start, closing.end())
    lines = inner.split("\n")
    if begins_head(lines):
        raise _unclear(lines[0])
    return None


def _is_head(inner: str, mark: str) -> bool:
    lines = [line for line in inner.split("\n") if line.strip()]
    if not lines or not name_of(lines[0]) or not all(map(is_part, lines)):
        return False
    if (
        inner[len(inner.rstrip()) :].count("\n") > 1
    ):  # a text that ends with a rule, unless its names are as in heads
        return mark == ";" or begins_head(lines)
    return mark == ";" or has_known(names_in(lines))


def _unclear(line: str) -> Refused:
    return Refused(
        _(
            "begins with “%s” and is neither clearly text nor front matter; front matter stands "
            "between two lines “---”, and a text that begins like this needs two of them above it"
        )
        % line.strip()[:60]
    )
