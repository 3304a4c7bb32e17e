"""The Markdown that the editor's buttons and keys write, and that of a pasted web page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.text_field import body, write
from tests.browser.visits import ALICE

pytestmark = pytest.mark.browser


BUTTONS = [
    ("Heading", "¦Why¦", "¦## Why¦"),
    ("Heading", "¦## Why¦", "¦### Why¦"),
    ("Heading", "¦### Why¦", "¦Why¦"),
    ("Bold", "a ¦word ¦ b", "a **¦word¦**  b"),
    ("Bold", "a **¦word¦** b", "a ¦word¦ b"),
    ("Italic", "**¦word¦**", "***¦word¦***"),
    ("Link", "¦text¦", "[text](¦https://¦)"),
    ("Link", "¦https://a.example¦", "[¦](https://a.example)"),
    ("List", "¦a\nb¦", "¦- a\n- b¦"),
    ("List", "¦- a\n- b¦", "¦a\nb¦"),
    ("Numbered list", "¦- a\n- b¦", "¦1. a\n2. b¦"),
    ("Quotation", "said¦", "> said¦"),
    ("Code", "a ¦b¦ c", "a `¦b¦` c"),
    ("Code", "¦a\nb¦", "```\n¦a\nb¦\n```\n"),
    ("Code", "a\n¦", "a\n\n```\n¦\n```\n"),
    ("Table", "¦", "| ¦A¦ | B |\n|---|---|\n|   |   |\n"),
    ("Picture", "¦a pool¦", "![a pool](¦https://¦)"),
    ("Footnote", "One[^1] two¦\n\n[^1]: x\n", "One[^1] two[^2]\n\n[^1]: x\n[^2]: ¦\n"),
    ("Formula", "¦x^2¦", "$`¦x^2¦`$"),
]


def test_buttons_write_markdown_and_undo_takes_it_back(editor: Page):
    for button, before, after in BUTTONS:
        text, start, end = unmarked(before)
        field = write(editor, text, start, end)
        editor.get_by_role("button", name=button, exact=True).click()
        selection = field.evaluate("field => [field.selectionStart, field.selectionEnd]")
        assert (field.input_value(), *selection) == unmarked(after), button
        editor.keyboard.press("Control+z")
        expect(field).to_have_value(text)


def unmarked(text: str) -> tuple[str, int, int]:
    """The text without the strokes around its selection, and the selection."""
    start, end = text.index("¦"), text.rindex("¦")
    return text.replace("¦", ""), start, max(start, end - 1)


SHORTCUTS = [
    ("Control+b", "**word**"),
    ("Control+i", "*word*"),
    ("Control+k", "[word](https://)"),
    ("Control+e", "`word`"),
    ("Control+Shift+Digit7", "1. word"),
    ("Control+Shift+Digit9", "> word"),
]


def test_shortcuts_do_what_their_buttons_do(editor: Page):
    for keys, after in SHORTCUTS:
        field = write(editor, "word", 0, 4)
        editor.keyboard.press(keys)
        expect(field).to_have_value(after)


ENTERED = [
    ("- a", "- a\n- "),
    ("  * a", "  * a\n  * "),
    ("- [x] a", "- [x] a\n- [ ] "),
    ("9. a", "9. a\n10. "),
    ("> a", "> a\n> "),
    ("> - a", "> - a\n> - "),
    ("- a\n- ", "- a\n"),
    ("> a\n> ", "> a\n"),
    ("> - ", "> "),
    ("plain", "plain\n"),
    ("-a", "-a\n"),
    ("```\n- a", "```\n- a\n"),
]


def test_enter_continues_lists_and_quotations_and_ends_them(editor: Page):
    for before, after in ENTERED:
        field = write(editor, before)
        editor.keyboard.press("Enter")
        expect(field).to_have_value(after)


def test_pasted_web_page_becomes_markdown(tab: Tab):
    page = tab(ALICE, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/articles/new/")
    page.evaluate(COPY, ["<h2>Why</h2><p>Because <b>so</b></p>", "Why\nBecause so"])
    write(page, "Before: ")
    page.keyboard.press("Control+v")
    expect(body(page)).to_have_value("Before: ## Why\n\nBecause **so**")
    page.keyboard.press("Control+z")
    expect(body(page)).to_have_value("Before: Why\nBecause so")


def test_paste_stays_plain_if_the_server_does_not_answer(tab: Tab):
    page = tab(ALICE, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/articles/new/")
    page.route("**/articles/paste/", lambda route: route.abort())
    page.evaluate(COPY, ["<b>so</b>", "so"])
    body(page).press("Control+v")
    expect(page.locator(".editor-note")).to_contain_text("stays as it is")
    expect(body(page)).to_have_value("so")


COPY = """([html, text]) => navigator.clipboard.write([new ClipboardItem({
    "text/html": new Blob([html], {type: "text/html"}),
    "text/plain": new Blob([text], {type: "text/plain"}),
})])"""
