"""The site without a mouse."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visits import BOB
from tests.site import PASSWORD

pytestmark = pytest.mark.browser
MOST_STOPS = 40


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is not among the first {MOST_STOPS} stops")


def test_first_tab_stop_skips_to_the_content(charlie: Page):
    charlie.goto("/articles")
    charlie.keyboard.press("Tab")
    skip = charlie.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    charlie.keyboard.press("Enter")
    expect(charlie.get_by_role("main")).to_be_focused()
    charlie.keyboard.press("Tab")
    expect(charlie.locator(".article-item a").first).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/login", "/articles?page=2", "/tags/"])
def test_each_stop_can_be_seen(charlie: Page, path: str):
    charlie.goto(path)
    seen = []
    for _ in range(MOST_STOPS):
        charlie.keyboard.press("Tab")
        if charlie.evaluate("document.activeElement === document.body"):
            break
        seen.append(charlie.evaluate(OUTLINE))
    assert len(seen) > 5
    assert all(style == "solid" and width >= 2 for style, width in seen)


OUTLINE = """() => {
    const style = getComputedStyle(document.activeElement);
    return [style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


COMPOSED = """() => document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key: "/", keyCode: 229, bubbles: true})
)"""


def test_slash_moves_the_focus_to_the_search_box_but_not_from_a_field(charlie: Page):
    charlie.goto("/articles")
    box = charlie.locator("#header-search")
    charlie.evaluate(COMPOSED)  # a key that an input method has taken
    expect(box).not_to_be_focused()
    charlie.keyboard.press("/")
    expect(box).to_be_focused()
    charlie.keyboard.type("articles/text")
    expect(box).to_have_value("articles/text")
    charlie.keyboard.press("Enter")
    expect(charlie).to_have_url("/search/?q=articles%2Ftext")
    charlie.keyboard.press("/")
    expect(charlie.locator("#id_q")).to_be_focused()


def test_sign_in_write_and_publish(charlie: Page):
    page = charlie
    page.goto("/")
    tab_to(page, page.get_by_role("link", name="Sign in"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[name=name]"))
    page.keyboard.type(BOB)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Write an article"))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/articles/new/")
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.type("Typed")
    page.keyboard.press("Enter")
    page.keyboard.type("With keys alone.")
    tab_to(page, page.get_by_role("button", name="Publish"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Published.")
    tab_to(page, page.get_by_role("link", name="Delete"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Delete"))
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("is in the trash")
