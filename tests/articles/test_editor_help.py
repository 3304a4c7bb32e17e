"""The toolbar, the help panel and docs/writing.md say the same."""

import re

import pytest
from django.test import Client
from django.utils import translation

from articles.editor_help import KEYS, TOOLS
from deploy.processes import ROOT

SCRIPT = ROOT / "core/static/inkpool/editor/tools.js"
PAGES = {"en": "docs/writing.md", "zh-hans": "docs/zh-hans/writing.md"}


@pytest.mark.parametrize("language", PAGES)
def test_page_lists_the_buttons_and_keys_of_the_help_panel(language: str):
    page = (ROOT / PAGES[language]).read_text("utf-8")
    with translation.override(language):
        rows = [f"| {tool.label} | {cell(tool.keys)} | {code(tool.syntax)} |" for tool in TOOLS]
        rows += [f"| {cell(str(key.keys))} | {key.effect} |" for key in KEYS]
    assert [row for row in rows if row not in page.splitlines()] == []
    listed = page.partition("\n## " + {"en": "The editor", "zh-hans": "编辑器"}[language])[2]
    listed = listed.partition("\n## ")[0]
    assert len(re.findall(r"^\| (?!---)", listed, re.MULTILINE)) == len(rows) + 2  # two heads


def cell(keys: str) -> str:
    return f"`{keys}`" if re.fullmatch(r"[\w+/]+", keys, re.ASCII) else keys


def code(syntax: str) -> str:
    """The syntax as code in a table, without code marks around a backtick."""
    if "`" in syntax:
        return f"<code>{syntax.replace('`', '&#96;')}</code>"
    return f"`{syntax.replace('|', chr(92) + '|')}`"


def test_each_button_has_a_tool_in_the_script():
    exported = SCRIPT.read_text().partition("export const TOOLS = {")[2]
    names = re.findall(r"^  (\w+)", exported, re.MULTILINE)
    assert names == [tool.name for tool in TOOLS]


def test_shortcuts_differ():
    keys = [each.keys for each in [*TOOLS, *KEYS] if each.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
def test_help_panel_lists_them_all(alice_client: Client):
    page = alice_client.get("/articles/new/").content.decode()
    panel = page.partition('<dialog class="editor-help"')[2].partition("</dialog>")[0]
    for each in [*(tool.label for tool in TOOLS), *(key.effect for key in KEYS)]:
        assert f"<td>{each}</td>" in panel
