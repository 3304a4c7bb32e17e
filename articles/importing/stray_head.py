"""Refuses files whose names and values stand where no head is looked for.

Such files would be published with `draft: true` as a line of their text: the fence is mistyped
or indented, a sentence stands above it, or the head was closed too early.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.head import NEAR, OPENING, find_head, start_of
from articles.importing.head_signs import (
    NAMES_ALONE,
    begins_head,
    decides,
    has_known,
    has_two,
    name_of,
    names_in,
)

_fence = re.compile(r"\s*(?:[-+;~=*_—–─]\s?){2,}$|\s*[—–─]+-*$")
_quote = re.compile(r"( {0,3}> ?)+")
_code = re.compile(r" {0,3}(```|~~~)")


def check_beginning(text: str) -> None:
    """Raises Refused when the first lines of a text without a head hold one all the same."""
    lines = [_quote.sub("", line) for line in text.splitlines()[: 2 * NEAR]]
    for number in _outside_code(lines[:NEAR]):
        if decides(lines[number]) or _begins_here(lines[number:]):
            raise _refusal(number + 1, lines[number])


def check_second(below: str) -> None:
    """Raises Refused when another head follows the first one."""
    start = start_of(below)
    lines = below[start:].split("\n")
    try:
        head = find_head(below)
        second = head is not None and has_known(head.fields)
    except Refused:
        second = bool(OPENING.match(below, start)) and begins_head(lines[1:])
    if second or any(map(decides, _paragraph(lines))):
        raise Refused(_("has a second head below its front matter: “%s”") % lines[0][:60])


def _outside_code(lines: list[str]) -> Iterator[int]:
    """The numbers of the lines that are no code. A block at the very top may be a head."""
    inside = at_top = begun = False
    for number, line in enumerate(lines):
        if _code.match(line):
            inside, at_top = not inside, not begun
        elif at_top or (not inside and not line.startswith(("    ", "\t"))):
            yield number
        begun = begun or bool(line.strip())


def _begins_here(lines: list[str]) -> bool:
    names = names_in(lines)
    if has_two(names) and not NAMES_ALONE.isdisjoint(name.lower() for name in names):
        return True
    return bool(_fence.match(lines[0])) and len(lines) > 1 and name_of(lines[1]) in NAMES_ALONE


def _paragraph(lines: list[str]) -> list[str]:
    return lines[: lines.index("")] if "" in lines else lines


def _refusal(number: int, line: str) -> Refused:
    return Refused(
        _(
            "has names and values as in front matter in line %(number)d (“%(line)s”); front "
            "matter is the first thing in a file, between two lines “---”, and an example of it "
            "stands in a code block below other text"
        )
        % {"number": number, "line": line.strip()[:60]}
    )
