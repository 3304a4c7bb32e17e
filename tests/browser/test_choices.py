"""Language and theme: the preference of the browser, and the reader's choice."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab

pytestmark = pytest.mark.browser
PAPER = {"light": "rgb(253, 252, 249)", "dark": "rgb(22, 24, 28)"}


def test_chosen_language_stays(charlie: Page):
    charlie.goto("/articles?page=2")
    charlie.get_by_role("button", name="简体中文").click()
    expect(charlie).to_have_url("/articles?page=2")
    expect(charlie.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(charlie.get_by_role("heading", level=1)).to_have_text("文章")
    charlie.get_by_role("link", name="登录").click()
    expect(charlie.get_by_role("heading", level=1)).to_have_text("登录")
    charlie.get_by_role("button", name="English").click()
    expect(charlie.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_system_decides_on_the_theme(tab: Tab, theme: str):
    page = tab(color_scheme=theme)
    page.goto("/")
    expect(page.locator("body")).to_have_css("background-color", PAPER[theme])
    button = page.get_by_role("button", name="Dark theme")
    expect(button).to_have_attribute("aria-pressed", str(theme == "dark").lower())


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_chosen_theme_stays(tab: Tab, system: str, chosen: str):
    page = tab(color_scheme=system)
    page.goto("/")
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("body")).to_have_css("background-color", PAPER[chosen])
    page.goto("/about/")
    expect(page.locator("body")).to_have_css("background-color", PAPER[chosen])
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("body")).to_have_css("background-color", PAPER[system])
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", PAPER[system])
