"""The editor's toolbar, keys, preview and help, and what a key costs."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Tab
from tests.browser.text_field import body, write
from tests.browser.visits import ALICE

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def test_preview_appears_beside_the_text_and_follows_the_caret(editor: Page):
    lines = [f"Paragraph {number}.\n" for number in range(1, 121)]
    write(editor, "\n".join(lines))
    prose = editor.locator(".preview-pane .prose")
    expect(prose.locator("p").last).to_have_text("Paragraph 120.")
    expect(prose.locator("p").last).to_be_in_viewport()
    assert editor.locator(".text-pane").bounding_box()["x"] < prose.bounding_box()["x"]  # type: ignore[index]
    expect(editor.locator(".text-length")).to_have_text("240 words · 1 minute to read")
    editor.keyboard.press("Control+Home")
    expect(prose.locator("p").first).to_be_in_viewport()
    expect(prose.locator("p").last).not_to_be_in_viewport()


def test_outdated_preview_is_cancelled(editor: Page):
    held: list[Route] = []
    editor.route("**/articles/preview/", lambda route: held.append(route), times=1)
    with editor.expect_request("**/articles/preview/"):
        body(editor).press_sequentially("First")
    with editor.expect_event("requestfailed") as failed:
        body(editor).press_sequentially(" and second")
    assert held and failed.value == held[0].request
    expect(editor.locator(".preview-pane .prose")).to_have_text("First and second")


def test_preview_of_a_change_that_is_taken_back_is_cancelled(editor: Page):
    body(editor).press_sequentially("First")
    expect(editor.locator(".preview-pane .prose")).to_have_text("First")
    held: list[Route] = []
    editor.route("**/articles/preview/", lambda route: held.append(route), times=1)
    with editor.expect_request("**/articles/preview/"):
        editor.keyboard.type("s")
    with editor.expect_event("requestfailed", timeout=5_000) as failed:
        editor.keyboard.press("Backspace")
    assert held and failed.value == held[0].request


def test_picture_that_does_not_load_is_named_whatever_its_address(editor: Page):
    editor.route("**/*.png", lambda route: route.abort())
    write(editor, '<img src="/%E6%B1%A0.png"> <img src="/%B2%E2.png">')  # in UTF-8, and in GBK
    remarks = editor.locator(".editor-remarks")
    expect(remarks).to_contain_text("A picture does not load: /池.png")
    expect(remarks).to_contain_text("A picture does not load: /%B2%E2.png")


def test_preview_is_behind_a_tab_on_a_phone(tab: Tab):
    page = tab(ALICE, viewport=PHONE)
    page.goto("/articles/new/")
    body(page).fill("Some **bold** words.")
    pane = page.locator(".preview-pane")
    expect(pane).to_be_hidden()
    page.get_by_role("tab", name="Preview").click()
    expect(pane.locator("strong")).to_have_text("bold")
    expect(body(page)).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(body(page)).to_be_visible()
    expect(pane).to_be_hidden()


def test_enter_in_the_title_goes_to_the_text_and_tab_leaves_it(editor: Page):
    editor.get_by_label("Title").press("Enter")
    expect(body(editor)).to_be_focused()
    editor.keyboard.press("Shift+Tab")
    expect(editor.get_by_role("button", name="Heading")).to_be_focused()
    editor.keyboard.press("ArrowRight")
    expect(editor.get_by_role("button", name="Bold")).to_be_focused()
    body(editor).press("Tab")
    expect(body(editor)).not_to_be_focused()
    expect(body(editor)).to_have_value("")


def test_help_opens_by_key_and_gives_the_focus_back(editor: Page):
    body(editor).press("Control+/")
    panel = editor.get_by_role("dialog", name="The editor")
    expect(panel.get_by_role("cell", name="Ctrl+Shift+7")).to_be_visible()
    editor.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(body(editor)).to_be_focused()


def test_full_screen_covers_the_page_until_escape(editor: Page):
    header = editor.locator("header.site-header")
    body(editor).press("Control+Shift+Enter")
    box = editor.locator("form.editor-form").bounding_box()
    assert box and (box["width"], box["height"]) == (1440, 900)
    expect(editor.get_by_role("button", name="Save draft")).to_be_in_viewport()
    expect(editor.get_by_label("Tags")).to_be_hidden()
    assert header.evaluate("header => header.inert")
    body(editor).press("Escape")
    expect(editor.get_by_label("Tags")).to_be_visible()
    assert not header.evaluate("header => header.inert")


def test_preview_beside_the_text_can_be_hidden_for_good(editor: Page):
    editor.get_by_role("button", name="Side by side").click()
    expect(editor.locator(".preview-pane")).to_be_hidden()
    editor.reload()
    expect(editor.locator(".editor-toolbar")).to_be_visible()
    expect(editor.locator(".preview-pane")).to_be_hidden()


def test_composition_of_an_input_method_is_left_alone(editor: Page):
    client = editor.context.new_cdp_session(editor)
    asked: list[str] = []
    editor.on("request", lambda request: asked.append(request.url))
    field = write(editor, "- ")
    editor.clock.install()
    client.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    for key in ("Enter", "b"):  # such a key belongs to the input method
        field.dispatch_event("keydown", {"key": key, "ctrlKey": key == "b", "isComposing": True})
    expect(field).to_have_value("- ni")
    asked.clear()
    editor.clock.run_for(5_000)
    assert [url for url in asked if not url.endswith("/autosave/")] == []
    client.send("Input.insertText", {"text": "你好"})
    editor.clock.run_for(5_000)
    expect(editor.locator(".preview-pane li")).to_have_text("你好")


def test_work_for_a_key_does_not_depend_on_the_length_of_the_text(editor: Page):
    """No handler reads the text, asks the server or measures the page before a pause."""
    field = body(editor)
    field.evaluate("field => { field.value = 'A line of words.\\n'.repeat(6_000); field.focus(); }")
    editor.clock.install()  # timers wait from here on
    editor.evaluate(COUNT_READS)
    editor.keyboard.type("letters")
    assert editor.evaluate("window.reads") == 0
    assert "letters" in field.input_value()


COUNT_READS = """() => {
    window.reads = 0;
    const text = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    Object.defineProperty(HTMLTextAreaElement.prototype, "value", {
        ...text, get() { window.reads += 1; return text.get.call(this); },
    });
}"""
