"""Renders docs/*.md as pages of the site, in the reader's language (Flask has no counterpart).

The pages come from the files that GitHub shows, in the order of the lists in docs/README.md. A page
without a translation is shown in English, with a note. A file is read again when it has changed.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from core.guide.links import also_known_as, anchors_of, on_the_site
from core.markdown import cut, render, summarise
from core.markdown.outline import Entry, outline

ORIGINAL = "en"
INDEX = "README"
PICTURES = ("docs/images", "benchmarks/results")
DESCRIPTION = 160  # characters; search engines show no more
_listed = re.compile(r"^- \[[^\]]+\]\(([a-z0-9-]+)\.md\)", re.MULTILINE)
_title = re.compile(r"\A# (.+)\n+")


class Page(NamedTuple):
    slug: str
    language: str
    title: str
    description: str
    html: str
    outline: list[Entry]
    anchors: tuple[str, ...]  # the ids of its headings


def slugs() -> list[str]:
    """The names of the pages, in the order of the index."""
    index = file_of(INDEX, ORIGINAL)
    return _order(index, index.stat().st_mtime_ns) if index else []


def page(slug: str, language: str) -> Page | None:
    """The page in `language`, otherwise in English; None for an unknown `slug`."""
    path = file_of(slug, ORIGINAL) if slug == INDEX or slug in slugs() else None
    if path is None:
        return None
    english = _page(path, ORIGINAL, path.stat().st_mtime_ns)
    path = file_of(slug, language)
    if path is None or language == ORIGINAL:
        return english
    return _page(path, language, path.stat().st_mtime_ns, english.anchors)


def neighbours(slug: str, language: str) -> tuple[Page | None, Page | None]:
    """The pages before and after `slug`; None at the ends, since the index is not linked."""
    order = [INDEX, *slugs(), INDEX]
    at = order.index(slug)
    before, after = order[at - 1], order[at + 1]
    return (
        None if before == INDEX else page(before, language),
        None if after == INDEX else page(after, language),
    )


def picture(name: str) -> Path | None:
    """The file of a picture that a page shows; None if there is no such file."""
    folders = (Path(settings.BASE_DIR, folder) for folder in PICTURES)
    return next((path for folder in folders if (path := folder / name).is_file()), None)


def file_of(slug: str, language: str) -> Path | None:
    folder = Path(settings.BASE_DIR, "docs", "" if language == ORIGINAL else language)
    path = folder / f"{slug}.md"
    return path if path.is_file() else None


@lru_cache(maxsize=2)
def _order(index: Path, changed: int) -> list[str]:
    return list(dict.fromkeys(_listed.findall(index.read_text(encoding="utf-8"))))


@lru_cache(maxsize=128)
def _page(path: Path, language: str, changed: int, known_as: tuple[str, ...] = ()) -> Page:
    text = path.read_text(encoding="utf-8")
    title = _title.match(text)
    if title is None:
        raise ValueError(f"{path} does not begin with `# Title`.")
    html = on_the_site(render(text[title.end() :]))
    description = cut(summarise(html), DESCRIPTION)
    anchors, html = anchors_of(html), also_known_as(html, known_as)
    return Page(path.stem, language, title[1], description, html, outline(html), anchors)
