"""Recognises the lines of a head by names to which blog generators give a meaning.

A text may begin with `Note: …` and a line of dashes below, which is a heading. Only known names
distinguish such a text from a head whose fence is missing or mistyped.
"""

import re
from collections.abc import Iterable
from itertools import takewhile

from articles.importing.field_names import as_written

NAMES_ALONE = {  # one of them, spelled as generators spell it, is enough
    "title",
    "date",
    "draft",
    "published",
    "publish",
    "layout",
    "slug",
    "permalink",
    "tags",
    "categories",
    "hidden",
    "private",
    "unlisted",
    "lastmod",
    "updated",
    "aliases",
    "publishDate",
    "publishdate",
    "pubDate",
    "pubdate",
    "expiryDate",
    "expirydate",
    "unpublishDate",
    "publish_date",
    "expiry_date",
    "unpublish_date",
    "isDraft",
    "is_draft",
}
NAMES_TOGETHER = {  # prose may begin with one of them, so two are needed
    *("abbrlink", "author", "authors", "category", "comments", "cover", "created", "description"),
    *("excerpt", "id", "image", "keywords", "lang", "language", "math", "mathjax", "modified"),
    *("password", "path", "series", "status", "sticky", "subtitle", "summary", "tag", "template"),
    *("thumbnail", "toc", "top", "type", "url", "visibility", "weight"),
}
_alone = {name.lower() for name in NAMES_ALONE}
_known = _alone | NAMES_TOGETHER
_line = re.compile(
    r"""[ ]{0,3}(?:\.\.[ ]|:|\#\+)?(["']?)(?P<name>[A-Za-z_][\w.-]*)\1[ \t]*[:=：]"""
)
_more = re.compile(r"[ \t]+\S|-[ \t]|[]}#]")  # continues the value above, or is a comment
_flag = (
    r"is[_-]?draft|draft|wip|unpublished|is[_-]?published|dg[_-]publish|published|publish|hidden|hide"
    r"|private|unlisted|encrypted|encrypt|headless|public|visible|render"
)
_date = (
    r"publish(?:ed)?[_-]?(?:date|at)|pub[_-]?date|expir(?:y|ation)[_-]?date|unpublish[_-]?(?:date|at)"
    r"|(?-i:expires|expiry)"
)
_kept_back = (
    r"drafts?|auto-draft|pending|wip|unpublished|private|hidden|unlisted|skip|trash|members"
)
_value = r"""\1\s*[:=：]\s*["']?"""
_decides = re.compile(
    rf"""[\s:#+*>|.<!([{{-]*(["']?)(?:(?:{_flag}){_value}(?:true|false|yes|no|on|off|[yn10])"""
    rf"""|(?:(?:post_)?status|visibility|publish(?:ed)?|layout|type){_value}(?:{_kept_back})"""
    rf"""|(?:{_date}){_value}\d{{4}}[-/.年]\d[^"'#]*+)["']?[\s\])}},]*+(?:-+>?|#.*)?\s*$""",
    re.IGNORECASE,
)


def name_of(line: str) -> str:
    """The name that a line `name: value` begins with, hyphens as `_`; "" for any other line."""
    found = _line.match(as_written(line))
    return found["name"].replace("-", "_") if found else ""


def names_in(lines: Iterable[str]) -> list[str]:
    """The names at the start of the lines, up to the first line that is no part of a head."""
    return [name for line in takewhile(is_part, lines) if (name := name_of(line))]


def is_part(line: str) -> bool:
    """Whether a line may stand in a head."""
    return bool(name_of(line) or _more.match(line))


def begins_head(lines: Iterable[str]) -> bool:
    """Whether these lines begin a head, and no text."""
    names = names_in(lines)
    return bool(names) and (names[0] in NAMES_ALONE or has_two(names))


def has_two(names: Iterable[str]) -> bool:
    known = {name.lower() for name in names} & _known
    return len(known) > 1


def has_known(names: Iterable[str]) -> bool:
    """Whether these names make a head, if they stand between fences."""
    lower = [name.lower() for name in names]
    return any(name in _alone for name in lower) or has_two(lower)


def decides(line: str) -> bool:
    """Whether a line is `draft: yes`, `status: private` or the like, with at most a comment."""
    return bool(_decides.match(as_written(line)))
