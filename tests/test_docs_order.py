"""The guide has an order: each page says what to try next, and each term has one explanation."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from core.guide import documents
from tests.parity.pairs import pages

DOCS = Path(settings.BASE_DIR) / "docs"
TRY_NEXT = {"en": "Try next", "zh-hans": "接下来试试"}
PAGES = [(language, slug) for language in TRY_NEXT for slug in documents.slugs()]
NOTHING_TO_TRY = {"glossary"}
LESSONS = ["build-an-app", "global-cursor", "sessions-source", *pages()]
LESSONS += [slug for slug in documents.slugs() if slug.startswith("take-")]
TERMS = [
    *("middleware", "migration", "payload", "receiver", "subject", "transaction"),
    *("view", "waiter", "worker"),
]
NO_PROSE = re.compile(r"(?ms)^ *```.*?^ *```$|<!-- compared.*?<!-- end -->|`[^`]*`")


def text(language: str, slug: str) -> str:
    path = documents.file_of(slug, language)
    assert path
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "slug"), PAGES)
def test_page_ends_with_what_to_try_next(language: str, slug: str):
    last = text(language, slug).rpartition("\n## ")[2]
    heading, _, rest = last.partition("\n")
    if slug in NOTHING_TO_TRY:
        return
    assert heading == TRY_NEXT[language], f"{slug}: its last section must be {TRY_NEXT[language]!r}"
    items = re.findall(r"^- (.+(?:\n  .+)*)", rest, re.MULTILINE)
    assert items
    assert [item for item in items if not re.search(r"`[^`]+`|\]\(", item)] == []


@pytest.mark.parametrize("language", TRY_NEXT)
def test_chapters_are_numbered(language: str):
    chapters = re.findall(r"^## (\d+)\. ", text(language, documents.INDEX), re.MULTILINE)
    assert chapters == [str(number + 1) for number in range(len(chapters))] != []


def test_guide_begins_with_hello_and_ends_after_production():
    order = documents.slugs()
    assert order[0] == "hello"
    assert order.index("configuration") > order.index("caching") > order.index("global-cursor")


@pytest.mark.parametrize("slug", LESSONS)
def test_lesson_links_each_term_that_it_uses(slug: str):
    prose = NO_PROSE.sub("", text("en", slug))
    words = re.sub(r"\]\([^)]*\)", "", prose)
    used = [term for term in TERMS if re.search(rf"\b{term}s?\b", words)]
    assert [term for term in used if f"](glossary.md#{term})" not in prose] == []


def test_glossary_is_sorted():
    terms = re.findall(r"^## (.+)$", text("en", "glossary"), re.MULTILINE)
    assert [term.removeprefix("The ") for term in terms] == sorted(
        (term.removeprefix("The ") for term in terms), key=str.lower
    )
