"""Makes the table of contents of an article from the headings of its HTML."""

import re
from typing import NamedTuple

from django.utils.html import strip_tags

HEADING = re.compile(r'<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.S)
FEWEST = 3  # headings; with fewer there is no table of contents


class Entry(NamedTuple):
    level: int
    anchor: str
    text: str


def outline(html: str) -> list[Entry]:
    """Returns the h2 and h3 of a rendered body, or none if there are fewer than FEWEST.

    The texts are without tags, and escaped by the renderer.
    """
    found = [
        Entry(int(level), anchor, strip_tags(text).strip())
        for level, anchor, text in HEADING.findall(html)
    ]
    return found if len(found) >= FEWEST else []
