"""What was typed survives a sign-in that ended, Back, and a second tab."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Tab
from tests.browser.editor_pages import status
from tests.browser.site import LoopbackSite, sign_in
from tests.browser.visits import BOB, save, save_and_leave

pytestmark = pytest.mark.browser
SAVED = re.compile(r"/articles/\d+/")


def titled(site: LoopbackSite, title: str) -> int:
    return int(
        site.shell(
            "from articles.models import Article\n"
            f"print(Article.objects.filter(title={title!r}).count())"
        )
    )


def write(page: Page, title: str) -> None:
    page.goto("/articles/new/")
    page.get_by_label("Title").fill(title)
    page.locator("[name=body]").fill("First words.")
    page.get_by_label("Tags").fill("Kept")


def signed_out_meanwhile(context: BrowserContext) -> None:
    other = context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())  # the text may be on the device alone
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("status")).to_have_text("You are signed out.")
    other.close()


def test_signing_in_in_another_tab_and_pressing_again_saves(tab: Tab):
    page = tab()
    page.goto("/login")
    sign_in(page, BOB)
    page.wait_for_url("/")
    write(page, "Kept through a sign-in")
    signed_out_meanwhile(page.context)
    page.get_by_role("button", name="Save draft").click()
    expect(status(page, "SignedOut")).to_contain_text("kept on this device")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, BOB)
    opened.value.wait_for_url("/")
    save_and_leave(page)
    expect(page.locator(".prose")).to_have_text("First words.")


def test_signing_in_in_another_tab_and_sending_again_saves_without_scripts(tab: Tab):
    page = tab(java_script_enabled=False)
    page.goto("/login")
    sign_in(page, BOB)
    page.wait_for_url("/")
    write(page, "Kept through a sign-in")
    signed_out_meanwhile(page.context)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    expect(page.get_by_label("Title")).to_have_value("Kept through a sign-in")
    expect(page.get_by_label("Tags")).to_have_value("Kept")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, BOB)
    opened.value.wait_for_url("/")
    page.get_by_role("button", name="Send again").click()
    expect(page).to_have_url(SAVED)
    expect(page.locator(".prose")).to_have_text("First words.")


def test_saving_again_after_back_changes_the_one_article(alice: Page, site: LoopbackSite):
    write(alice, "Saved, gone back to, saved")
    for words in ("Later words.", "Last words."):
        save_and_leave(alice)
        expect(alice.locator(".prose")).to_be_visible()
        alice.go_back()
        expect(alice.get_by_label("Title")).to_have_value("Saved, gone back to, saved")
        alice.locator("[name=body]").fill(words)
    save_and_leave(alice)
    expect(alice.locator(".prose")).to_have_text("Last words.")
    assert titled(site, "Saved, gone back to, saved") == 1


def test_too_long_text_is_neither_cut_nor_sent(alice: Page):
    write(alice, "Too long")
    alice.get_by_label("Summary").fill("中" * 301)
    alice.get_by_role("button", name="Save draft").click()
    expect(alice.get_by_role("alert")).to_contain_text("“Summary” has 301 characters; at most 300")
    expect(alice.get_by_label("Summary")).to_have_value("中" * 301)
    expect(alice).to_have_url("/articles/new/")
    alice.get_by_label("Summary").fill("Shorter.")
    save(alice)
    expect(alice).to_have_url(SAVED)


def test_form_that_is_too_large_is_not_sent(alice: Page):
    write(alice, "Too large")
    alice.locator("form.editor-form").evaluate("form => form.dataset.limit = 2000")
    alice.locator("[name=body]").fill("🙂" * 200)
    alice.get_by_role("button", name="Save draft").click()
    expect(alice.get_by_role("alert")).to_contain_text("at most 0.0 MB can be sent")
    expect(alice.locator("[name=body]")).to_have_value("🙂" * 200)


def test_second_sign_in_tab_leads_where_the_first_one_did(tab: Tab):
    first = tab()
    second = first.context.new_page()
    for page in (first, second):
        page.goto("/login?next=/articles/mine/")
    for page in (first, second):
        sign_in(page, BOB)
        expect(page).to_have_url("/articles/mine/")
    second.goto("/login")
    expect(second).to_have_url("/")
