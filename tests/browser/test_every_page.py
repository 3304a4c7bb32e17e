"""What holds on every page, in both languages and both themes, on a phone and on a wide screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite
from tests.browser.visits import ON_AN_EMPTY_SITE, VISITS

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LOCALES = ["en", "zh-CN"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", VISITS)
def test_a_page_is_accessible_and_fits(tab: Tab, site: LoopbackSite, name: str, locale: str):
    visit = VISITS[name]
    page = tab(visit.name, locale=locale)
    visit.go(page, site)
    judge(page, locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ON_AN_EMPTY_SITE)
def test_a_page_without_content_is_too(
    empty_tab: Tab, empty_site: LoopbackSite, name: str, locale: str
):
    page = empty_tab(locale=locale)
    ON_AN_EMPTY_SITE[name].go(page, empty_site)
    judge(page, locale)


def judge(page: Page, locale: str) -> None:
    assert page.locator("html").get_attribute("lang") == {"zh-CN": "zh-hans"}.get(locale, locale)
    axe_again = Axe("0")  # nothing to load: its half a megabyte is in the page then
    for theme, size, axe in [("light", PHONE, Axe()), ("dark", DESK, axe_again)]:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        found = axe.run(page)
        assert found.violations_count == 0, f"{theme}, {size}: {found.generate_report()}"
