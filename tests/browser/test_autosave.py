"""The editor keeps a text without saving, on the server and on the device, until the sign-out."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Tab
from tests.browser.editor_pages import COUNT_ON_DEVICE, body, own_article, status
from tests.browser.site import LoopbackSite, sign_in
from tests.browser.visits import BOB

pytestmark = pytest.mark.browser


def test_reload_after_typing_offers_the_text(tab: Tab, site: LoopbackSite):
    page = tab(BOB)
    page.goto(own_article(site, "Typed and reloaded"))
    page.on("dialog", lambda dialog: pytest.fail("everything is kept, so nothing is asked"))
    body(page).press_sequentially("Typed. ")
    expect(status(page, "Kept")).to_contain_text("not saved yet")
    page.reload()
    expect(body(page)).to_have_value("Stored.")
    page.get_by_role("link", name="Go on with the unsaved text").click()
    expect(body(page)).to_have_value("Typed. Stored.")
    page.get_by_role("button", name="Update").click()
    expect(status(page, "Updated")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Unsaved text")).to_have_count(0)


def test_text_typed_offline_stays_on_the_device_until_the_server_has_it(
    tab: Tab, site: LoopbackSite
):
    page = tab(BOB)
    address = own_article(site, "Typed offline")
    page.goto(address)
    page.route("**/autosave/", lambda route: route.abort())
    body(page).fill("Typed offline.")
    expect(status(page, "Offline")).to_contain_text("kept on this device")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("[data-device-offer] pre")).to_contain_text("Typed offline.")
    page.unroute("**/autosave/")
    page.get_by_role("button", name="Go on with this text").click()
    expect(body(page)).to_have_value("Typed offline.")
    expect(status(page, "Kept")).to_be_visible()
    page.wait_for_function(f"async () => !(await ({COUNT_ON_DEVICE})())")


def test_answer_that_is_no_json_counts_as_none(tab: Tab, site: LoopbackSite):
    """As from a login page of a network, or when the connection ends within the answer."""
    page = tab(BOB)
    page.goto(own_article(site, "Typed behind a portal"))
    page.route("**/autosave/", lambda route: route.fulfill(body="<p>Sign in to the network</p>"))
    body(page).fill("Typed behind a portal.")
    expect(status(page, "Offline")).to_contain_text("kept on this device")
    page.route("**/edit/", lambda route: route.fulfill(body="{", content_type="application/json"))
    page.get_by_role("button", name="Update").click()
    expect(status(page, "Offline")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Update").click()
    expect(status(page, "Updated")).to_be_visible()


def test_saving_keeps_caret_and_scroll(tab: Tab, site: LoopbackSite):
    page = tab(BOB)
    page.goto(own_article(site, "Saved in place"))
    text = body(page)
    text.fill("line\n" * 300)
    text.evaluate("area => area.setSelectionRange(700, 700)")
    before = page.evaluate("[scrollY, document.activeElement.selectionStart]")
    page.keyboard.press("Control+s")  # readers see nothing of it before "Update"
    expect(status(page, "Kept")).to_be_visible()
    page.get_by_role("button", name="Update").evaluate("button => button.click()")
    expect(status(page, "Updated")).to_be_visible()
    assert page.evaluate("[scrollY, document.activeElement.selectionStart]") == before


def test_second_window_is_told_of_the_first_and_goes_on(tab: Tab, site: LoopbackSite):
    first = tab(BOB)
    address = own_article(site, "In two windows")
    second = first.context.new_page()
    for page in (first, second):
        page.goto(address)
    body(first).fill("Of the first.")
    expect(status(first, "Kept")).to_be_visible()
    body(second).fill("Of the second.")
    expect(status(second, "Conflict")).to_contain_text("another window")
    second.get_by_role("button", name="Go on here").click()
    expect(status(second, "Kept")).to_be_visible()
    second.get_by_role("link", name="History").click()
    expect(second.get_by_text("not saved")).to_be_visible()


def test_sign_out_deletes_the_texts_on_the_device(tab: Tab):
    page = tab()
    page.goto("/login")
    sign_in(page, BOB)
    page.wait_for_url("/")
    page.route("**/autosave/", lambda route: route.abort())
    page.goto("/articles/new/")
    body(page).fill("Not for the next one at this screen.")
    expect(status(page, "Offline")).to_be_visible()
    asked: list[str] = []

    def accept(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    assert asked == ["confirm"]
    assert page.evaluate(COUNT_ON_DEVICE) == 0


def test_ended_sign_in_is_named_and_the_text_kept(tab: Tab):
    page = tab()
    page.goto("/login")
    sign_in(page, BOB)
    page.wait_for_url("/")
    page.goto("/articles/new/")
    page.context.clear_cookies(name="sessionid")
    body(page).fill("Typed after the sign-in had ended.")
    expect(status(page, "SignedOut")).to_contain_text("kept on this device")
    assert page.evaluate(COUNT_ON_DEVICE) >= 1
    with page.context.expect_page() as opened:
        page.locator(".save-status a").click()
    sign_in(opened.value, BOB)
    opened.value.wait_for_url("/")
    opened.value.close()
    body(page).press_sequentially("!")
    expect(status(page, "Kept")).to_be_visible()


def test_error_of_a_field_goes_away_once_it_is_saved(tab: Tab):
    page = tab(BOB)
    page.goto("/articles/new/")
    page.locator("[name=tags]").fill("x" * 60)
    page.locator("[name=title]").fill("Too long a tag")
    page.locator("[name=body]").fill("Text.")
    page.locator("[name=save]").click()
    expect(page.locator(".field-error")).to_be_visible()
    page.locator("[name=tags]").fill("x")
    page.locator("[name=save]").click()
    expect(status(page, "Saved")).to_be_visible()
    expect(page.locator(".field-error")).to_have_count(0)
