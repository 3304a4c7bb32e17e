"""An article from the empty editor to its readers and to its deletion."""

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite
from tests.browser.visits import save_and_leave, save_in_two_windows

pytestmark = pytest.mark.browser


def test_write_preview_publish_edit_delete(alice: Page, charlie: Page):
    title = "从草稿到读者 in one go"
    alice.goto("/")
    alice.get_by_role("link", name="Write an article").click()
    alice.get_by_label("Title").fill(title)
    alice.locator("[name=body]").fill("Some **bold** words.")
    alice.get_by_label("Tags").fill("Flows，测试")
    alice.get_by_role("button", name="Preview").click()
    expect(alice.locator("#preview strong")).to_have_text("bold")
    expect(alice.locator("#preview .prose")).to_have_attribute("lang", "en")
    expect(alice.get_by_label("Title")).to_have_value(title)

    alice.get_by_role("button", name="Publish").click()
    expect(alice.get_by_role("status")).to_have_text("Published.")
    charlie.goto("/")
    charlie.get_by_role("link", name=title).click()
    expect(charlie.get_by_role("heading", level=1)).to_have_text(title)
    expect(charlie.locator(".prose strong")).to_have_text("bold")
    expect(charlie.get_by_role("link", name="测试")).to_be_visible()

    alice.get_by_role("link", name="Edit").click()
    alice.locator("[name=body]").fill("Other words.")
    alice.get_by_role("button", name="Update").click()
    expect(alice.locator(".save-status")).to_contain_text("Updated at")
    charlie.reload()
    expect(charlie.locator(".prose")).to_have_text("Other words.")

    alice.get_by_role("link", name="Cancel").click()
    alice.get_by_role("link", name="Delete").click()
    alice.get_by_role("button", name="Delete").click()
    expect(alice.get_by_role("status")).to_contain_text("is in the trash")
    answer = charlie.reload()
    assert answer and answer.status == 404


def test_draft_is_visible_to_its_author_only_until_published(alice: Page, charlie: Page):
    alice.goto("/articles/new/")
    alice.get_by_label("Title").fill("Not yet for everybody")
    alice.locator("[name=body]").fill("Soon.")
    alice.keyboard.press("Control+s")
    expect(alice.locator(".save-status")).to_contain_text("Saved at")
    alice.get_by_role("link", name="Cancel").click()
    expect(alice.get_by_text("Only you and the team can see this draft.")).to_be_visible()
    assert (answer := charlie.goto(alice.url)) and answer.status == 404
    alice.get_by_role("button", name="Publish").click()
    expect(alice.get_by_role("status")).to_have_text("Published.")
    assert (answer := charlie.goto(alice.url)) and answer.status == 200
    alice.get_by_role("button", name="Withdraw").click()
    expect(alice.get_by_role("status")).to_have_text("Back among your drafts.")
    assert (answer := charlie.reload()) and answer.status == 404


def test_incomplete_article_keeps_its_text_and_names_the_missing_field(alice: Page):
    alice.goto("/articles/new/")
    alice.locator("[name=body]").fill("Words not to be lost.")
    alice.get_by_role("button", name="Save draft").click()
    expect(alice.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    expect(alice.get_by_label("Title")).to_have_accessible_description("This field is required.")
    expect(alice.locator("[name=body]")).to_have_value("Words not to be lost.")


def test_save_in_another_window_is_a_conflict_that_keeps_the_text(alice: Page):
    alice.goto("/articles/new/")
    save_in_two_windows(alice)
    expect(alice.get_by_role("alert")).to_contain_text("saved elsewhere")
    expect(alice.locator("[name=body]")).to_have_value("Saved second.")
    assert_leaving_asks(alice)
    save_and_leave(alice)
    expect(alice.locator(".prose")).to_have_text("Saved second.")


def test_leaving_unsaved_text_asks_first(alice: Page):
    alice.route("**/autosave/", lambda route: route.abort())
    alice.goto("/articles/new/")
    alice.get_by_label("Title").click()
    alice.keyboard.type("Unsaved")
    assert_leaving_asks(alice)
    expect(alice.get_by_label("Title")).to_have_value("Unsaved")


@pytest.mark.parametrize("button", ["Save draft", "Preview"])
def test_leaving_a_form_that_came_back_asks_too(alice: Page, button: str):
    alice.route("**/autosave/", lambda route: route.abort())
    alice.goto("/articles/new/")
    alice.locator("[name=body]").fill("No title yet.")
    alice.get_by_role("button", name=button).click()
    expect(alice.locator(".is-invalid, #preview").first).to_be_visible()
    assert_leaving_asks(alice)


@pytest.mark.parametrize(("button", "kind"), [("中文", "beforeunload"), ("Sign out", "confirm")])
def test_another_form_of_the_page_asks_too_and_saving_still_works(
    alice: Page, button: str, kind: str
):
    alice.route("**/autosave/", lambda route: route.abort())
    alice.goto("/articles/new/")
    alice.get_by_label("Title").fill("Kept")
    alice.locator("[name=body]").fill("Not to be lost.")
    assert_leaving_asks(alice, alice.get_by_role("button", name=button), kind)
    expect(alice.locator("[name=body]")).to_have_value("Not to be lost.")
    save_and_leave(alice)
    expect(alice.locator(".prose")).to_have_text("Not to be lost.")


def assert_leaving_asks(page: Page, way: Locator | None = None, kind: str = "beforeunload") -> None:
    way = way or page.get_by_role("link", name="My articles")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        way.click(no_wait_after=True)
    assert asked == [kind]
    expect(page.locator("form.editor-form")).to_be_visible()


def test_leaving_without_changes_or_saving_asks_nothing(alice: Page):
    alice.on("dialog", lambda dialog: pytest.fail(dialog.type))
    alice.goto("/articles/new/")
    alice.get_by_label("Title").click()
    alice.get_by_role("link", name="My articles").click()
    alice.get_by_role("link", name="Write", exact=True).first.click()
    alice.get_by_label("Title").fill("Saved in time")
    alice.locator("[name=body]").fill("Text.")
    save_and_leave(alice)
    expect(alice).to_have_url(re.compile(r"/articles/\d+/saved-in-time/"))


def test_code_of_an_article_can_be_copied(tab: Tab, site: LoopbackSite):
    page = tab(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site.places["article"])
    block = page.locator(".code-block").first
    block.hover()
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("def borrow(") and copied.endswith("没有空闲的就新建一个\n")


def test_contents_list_leads_to_its_headings(charlie: Page, site: LoopbackSite):
    charlie.goto(site.places["article"])
    charlie.get_by_text("Contents").click()
    charlie.get_by_role("link", name="What is not").click()
    expect(charlie.get_by_role("heading", name="What is not")).to_be_in_viewport()
