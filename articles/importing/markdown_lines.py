"""Tells the lines of a Markdown text that are code from the others."""

import re
from collections.abc import Iterable
from enum import Enum

_opening = re.compile(r" {0,3}(?:(?P<ticks>`{3,})[^`]*|(?P<tildes>~{3,}).*)$")
_bar = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")


class Line(Enum):
    BLANK = "blank"
    FENCE = "fence"
    CODE = "code"
    TEXT = "text"


def kinds_of(lines: Iterable[str]) -> list[Line]:
    """The kind of each line. A fence is closed by a longer or equal one of its character."""
    found: list[Line] = []
    fence = ""
    for line in lines:
        kind, fence = _kind(line, fence)
        found.append(kind)
    return found


def _kind(line: str, fence: str) -> tuple[Line, str]:
    if fence:
        bar = _bar.match(line)
        return (Line.FENCE, "") if bar and bar[1].startswith(fence) else (Line.CODE, fence)
    if opening := _opening.match(line):
        return Line.FENCE, opening["ticks"] or opening["tildes"]
    if not line.strip():
        return Line.BLANK, ""
    return (Line.CODE if line.startswith(("    ", "\t")) else Line.TEXT), ""
