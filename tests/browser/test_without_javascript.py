"""Everything works without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite, sign_in
from tests.browser.visits import BOB

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(tab: Tab) -> Page:
    return tab(java_script_enabled=False)


def test_sign_in_write_preview_publish_delete_and_sign_out(plain: Page):
    plain.goto("/articles/new/")
    sign_in(plain, BOB)
    plain.get_by_label("Title").fill("Without scripts")
    plain.locator("[name=body]").fill("Some **bold** words.")
    plain.get_by_role("button", name="Preview").click()
    expect(plain.locator("#preview strong")).to_be_in_viewport()
    plain.get_by_role("button", name="Publish").click()
    expect(plain.get_by_role("status")).to_have_text("Published.")
    plain.get_by_role("link", name="Delete").click()
    plain.get_by_role("button", name="Delete").click()
    expect(plain.get_by_role("status")).to_contain_text("is in the trash")
    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_role("status")).to_have_text("You are signed out.")


def test_language_can_be_chosen(plain: Page):
    plain.goto("/about/")
    plain.get_by_role("button", name="简体中文").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("关于")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_follows_the_system_and_no_dead_button_is_shown(
    tab: Tab, site: LoopbackSite, theme: str
):
    page = tab(java_script_enabled=False, color_scheme=theme)
    page.goto(site.places["article"])
    paper = {"light": "rgb(253, 252, 249)", "dark": "rgb(22, 24, 28)"}[theme]
    expect(page.locator("body")).to_have_css("background-color", paper)
    expect(page.locator("#theme-toggle, .copy-button")).to_have_count(1)
    expect(page.locator("#theme-toggle")).to_be_hidden()


def test_contents_list_opens(plain: Page, site: LoopbackSite):
    plain.goto(site.places["article"])
    plain.get_by_text("Contents").click()
    expect(plain.get_by_role("link", name="What is not")).to_be_visible()
