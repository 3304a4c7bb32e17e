"""Classifies the lines of a Markdown text: blank, fence, code or text."""

import re
from collections.abc import Iterable
from enum import Enum

_opening = re.compile(r" {0,3}(?:(?P<ticks>`{3,})[^`]*|(?P<tildes>~{3,}).*)$")
_tags = {  # opening and closing tags of code in HTML, Jekyll and Hugo
    "<pre": "</pre",
    "{% highlight": "{% endhighlight",
    "{{< highlight": "{{< /highlight",
}
_bar = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")


class Line(Enum):
    BLANK = "blank"
    FENCE = "fence"
    CODE = "code"
    TEXT = "text"


def kinds_of(lines: Iterable[str]) -> list[Line]:
    """Returns the kind of each line. A fence ends at a fence of its character, at least as long."""
    found: list[Line] = []
    fence = ""
    for line in lines:
        kind, fence = _kind(line, fence)
        found.append(kind)
    return found


def _kind(line: str, fence: str) -> tuple[Line, str]:
    if fence:
        return (Line.FENCE, "") if _closes(line, fence) else (Line.CODE, fence)
    if fence := _opened(line):
        return Line.FENCE, fence
    if not line.strip():
        return Line.BLANK, ""
    return (Line.CODE if line.startswith(("    ", "\t")) else Line.TEXT), ""


def _opened(line: str) -> str:
    """The fence or tag of a block that this line opens and does not close, or ""."""
    if found := _opening.match(line):
        return found["ticks"] or found["tildes"]
    for tag, end in _tags.items():
        if line.lower().startswith(tag) and end not in line.lower():
            return tag
    return ""


def _closes(line: str, fence: str) -> bool:
    if fence in _tags:
        return _tags[fence] in line.lower()
    bar = _bar.match(line)
    return bool(bar and bar[1].startswith(fence))
