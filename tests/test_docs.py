"""README and docs name only what exists (tests/docs_names.py), and document everything."""

import re
from pathlib import Path

import pytest

from tests.docs_names import KNOWN, checks, faults, said_in, variables_read
from tests.own_apps import own_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXTS.values())


def test_configuration_lists_exactly_the_variables_that_are_read():
    table = re.findall(r"^\| (`[A-Z_`, ]+`) \|", TEXTS["docs/configuration.md"], re.M)
    documented = {name for cell in table for name in re.findall(r"[A-Z_]+", cell)}
    assert {name for name in documented if not name.startswith("INKPOOL_")} == variables_read()


@pytest.mark.parametrize("page", TEXTS)
def test_every_name_in_code_marks_exists(page):
    assert faults(TEXTS[page]) == []


@pytest.mark.parametrize(
    "article", sorted((ROOT / "articles" / "demo").glob("*.md")), ids=lambda path: path.stem
)
def test_every_name_in_a_demo_article_exists(article):
    assert faults(article.read_text(encoding="utf-8")) == []


def test_every_exempted_name_still_occurs():
    said = "\n".join(each.code for text in TEXTS.values() for each in said_in(text))
    assert [word for word in KNOWN if word not in said] == []


def test_every_check_is_documented():
    assert [check for check in checks() if check not in ALL] == []


def test_every_command_is_documented():
    assert set(own_commands()) <= set(re.findall(r"[a-z_]+", ALL))


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!/media/)([^)#:]+)\)", TEXTS[page])  # examples of uploads
    folder = (ROOT / page).parent
    assert [link for link in links if not (folder / link).exists()] == []


def test_changelog_begins_with_a_dated_version():
    versions = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", versions[0])
