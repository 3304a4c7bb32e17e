"""The contents list of an article, from the headings of its rendered body."""

import re
from typing import NamedTuple

from django.utils.html import strip_tags

HEADING = re.compile(r'<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.S)
FEWEST = 3  # below that a contents list says no more than the page itself


class Entry(NamedTuple):
    level: int
    anchor: str
    text: str


def outline(html: str) -> list[Entry]:
    """The h2 and h3 of a rendered body; none when there are only a few.

    The texts are HTML already escaped by the renderer, without tags.
    """
    found = [
        Entry(int(level), anchor, strip_tags(text).strip())
        for level, anchor, text in HEADING.findall(html)
    ]
    return found if len(found) >= FEWEST else []
