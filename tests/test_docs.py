"""README and docs name what exists, as tests/docs_names.py judges it, and leave nothing out."""

import re
from pathlib import Path

import pytest

from tests.docs_names import KNOWN, checks, faults, own_commands, said_in, variables_read

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXTS.values())


def test_the_documented_variables_are_those_that_are_read():
    table = re.findall(r"^\| (`[A-Z_`, ]+`) \|", TEXTS["docs/configuration.md"], re.M)
    documented = {name for cell in table for name in re.findall(r"[A-Z_]+", cell)}
    assert {name for name in documented if not name.startswith("INKPOOL_")} == variables_read()


@pytest.mark.parametrize("page", TEXTS)
def test_what_a_page_names_is_there(page):
    assert faults(TEXTS[page]) == []


@pytest.mark.parametrize(
    "article", sorted((ROOT / "articles" / "demo").glob("*.md")), ids=lambda path: path.stem
)
def test_what_an_article_of_the_demo_names_is_there(article):
    assert faults(article.read_text(encoding="utf-8")) == []


def test_each_word_of_another_world_is_still_said():
    said = "\n".join(each.code for text in TEXTS.values() for each in said_in(text))
    assert [word for word in KNOWN if word not in said] == []


def test_each_check_is_documented():
    assert [check for check in checks() if check not in ALL] == []


def test_each_own_command_is_documented():
    assert own_commands() <= set(re.findall(r"[a-z_]+", ALL))


@pytest.mark.parametrize("page", TEXTS)
def test_each_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)\)", TEXTS[page])
    folder = (ROOT / page).parent
    assert [link for link in links if not (folder / link).exists()] == []


def test_the_changelog_opens_with_a_dated_version():
    versions = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", versions[0])
