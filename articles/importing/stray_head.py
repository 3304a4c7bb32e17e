"""Refuses files with names and values in a place where no head is looked for.

Such a file would be published with `draft: true` as a line of its text: the fence is mistyped or
indented, a sentence stands above it, or the head is closed too early.
"""

import re

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.field_names import as_written
from articles.importing.head import NEAR, OPENING, find_head, start_of
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
from articles.importing.markdown_lines import Line, kinds_of

_fence = re.compile(r"\s*(?:[-+;~=*_—–─]\s?){2,}$|\s*[—–─]+-*$")
_fence_and_more = re.compile(r"(?:[-—–─]{2,}+|\+{3,}+|;{3,}+)[ \t]*+(?=\S)")
_quote = re.compile(r"\A( {0,3}> ?)+")
_item_or_quote = re.compile(r"[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|>)")
_braces = re.compile(r"(?:\[\s*)*\{(?![{%])([^{}]{,2000})")  # {{ and {% begin shortcodes
_name_in_braces = re.compile(r"""["']?([A-Za-z_][\w-]*)["']?\s*[:=]""")


def check_beginning(text: str) -> None:
    """Raises Refused if the first lines of a text without a head look like one."""
    lines = [_quote.sub("", line) for line in text.splitlines()[: 2 * NEAR]]
    kinds, top = kinds_of(lines), text.count("\n", 0, start_of(text))
    _open_block_at_top(lines, kinds, top)
    _check_braces(lines, kinds, top)
    for number, line in enumerate(lines[:NEAR]):
        if kinds[number] is Line.TEXT and (decides(line) or _begins_here(lines[number:])):
            raise _refusal(number + 1, line)


def check_second(below: str) -> None:
    """Raises Refused if another head, or a part of one, follows the first one."""
    start = start_of(below)
    lines = below[start:].split("\n")[: 2 * NEAR]
    line = lines[0] if _is_second(below, start, lines) else _left_over(lines)
    if line:
        raise Refused(_("has a second head below its front matter: “%s”") % line.strip()[:60])


def _open_block_at_top(lines: list[str], kinds: list[Line], top: int) -> None:
    """Treats a code block at the very top as text: it may be a fenced or indented head."""
    opened = False
    for number, kind in list(enumerate(kinds))[top:]:
        if kind is Line.TEXT or (kind is Line.FENCE and opened):
            return
        if kind is Line.CODE:
            lines[number], kinds[number], opened = lines[number].strip(), Line.TEXT, True


def _check_braces(lines: list[str], kinds: list[Line], top: int) -> None:
    """Refuses JSON that is no head: in an array or a code block, or with unquoted names."""
    first = next((number for number in range(top, len(lines)) if kinds[number] is Line.TEXT), 0)
    found = _braces.match("\n".join(lines[first:]))
    if found and has_known(_name_in_braces.findall(found[1])):
        raise _refusal(first + 1, lines[first])


def _begins_here(lines: list[str]) -> bool:
    names = names_in(lines)
    if has_two(names) and not NAMES_ALONE.isdisjoint(name.lower() for name in names):
        return True
    first = as_written(lines[0])
    more = _fence_and_more.match(first)
    if more and name_of(first[more.end() :]) in NAMES_ALONE:
        return True
    return bool(_fence.match(first)) and len(lines) > 1 and name_of(lines[1]) in NAMES_ALONE


def _is_second(below: str, start: int, lines: list[str]) -> bool:
    try:
        head = find_head(below)
    except Refused:
        return bool(OPENING.match(below, start)) and begins_head(lines[1:])
    return head is not None and has_known(head.fields)


def _left_over(lines: list[str]) -> str:
    """The first line that decides() of a head that was closed too early, or "".

    Looks at the first paragraph, and at the one that follows a paragraph of names and values.
    """
    kinds = kinds_of(lines)
    listed = not has_known(names_in(lines))  # below `tags:`, dashes are a part of the head
    for number, line in enumerate(lines):
        if kinds[number] is Line.BLANK and not _are_fields(lines[:number]):
            return ""
        text = kinds[number] is Line.TEXT and not (listed and _is_in_list(lines[: number + 1]))
        if text and decides(line) and not _is_amid_prose(lines, number):
            return line
    return ""


def _are_fields(lines: list[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return has_known(names_in(filled)) and all(map(is_part, filled))


def _is_in_list(lines: list[str]) -> bool:
    """Whether the last line begins a list item or a quotation, or is indented below one."""
    if not lines or not lines[-1].strip():
        return False
    if _item_or_quote.match(lines[-1]):
        return True
    return lines[-1].startswith(" ") and _is_in_list(lines[:-1])


def _is_amid_prose(lines: list[str], number: int) -> bool:
    """Whether the line's block of names and values has prose right above and below it."""
    above = next((line for line in lines[number - 1 :: -1] if not is_part(line)), "")
    below = next((line for line in lines[number + 1 :] if not is_part(line)), "")
    return number > 0 and _is_prose(above) and _is_prose(below)


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not _fence.match(line)


def _refusal(number: int, line: str) -> Refused:
    return Refused(
        _(
            "has names and values as in front matter in line %(number)d (“%(line)s”); front "
            "matter is the first thing in a file, between two lines “---”, and an example of it "
            "stands in a code block below other text"
        )
        % {"number": number, "line": line.strip()[:60]}
    )
