"""Every page fits a phone and a wide screen, and axe finds no fault.

axe takes a second a run, so each page has one language, theme and size; `make soak` runs all.
"""

import itertools
from collections.abc import Iterable

import pytest
from _pytest.mark.structures import ParameterSet
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite
from tests.browser.visits import ON_AN_EMPTY_SITE, VISITS

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
Look = tuple[str, dict[str, int]]
LOOKS: list[Look] = [("light", PHONE), ("dark", DESK), ("dark", PHONE), ("light", DESK)]
IN_TURN = [("en", LOOKS[:1]), ("zh-CN", LOOKS[1:2])]


def looks_of(names: Iterable[str]) -> list[ParameterSet]:
    """The pages in English, light, on a phone and in Chinese, dark, on a desk, in turn."""
    found = []
    for name, (locale, looks) in zip(names, itertools.cycle(IN_TURN), strict=False):
        found.append(pytest.param(name, locale, looks, id=f"{name}-{locale}"))
        for each, _ in IN_TURN:
            words = f"{name}-{each}-all"
            found.append(pytest.param(name, each, LOOKS, id=words, marks=pytest.mark.soak))
    return found


@pytest.mark.parametrize(("name", "locale", "looks"), looks_of(VISITS))
def test_page_is_accessible_and_fits(
    tab: Tab, site: LoopbackSite, name: str, locale: str, looks: list[Look]
):
    visit = VISITS[name]
    page = tab(visit.name, locale=locale)
    visit.go(page, site)
    judge(page, locale, looks)


@pytest.mark.parametrize(("name", "locale", "looks"), looks_of(ON_AN_EMPTY_SITE))
def test_page_without_content_is_too(
    empty_tab: Tab, empty_site: LoopbackSite, name: str, locale: str, looks: list[Look]
):
    page = empty_tab(locale=locale)
    ON_AN_EMPTY_SITE[name].go(page, empty_site)
    judge(page, locale, looks)


def judge(page: Page, locale: str, looks: list[Look]) -> None:
    assert page.locator("html").get_attribute("lang") == {"zh-CN": "zh-hans"}.get(locale, locale)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
    axe = Axe()
    for theme, size in looks:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        found = axe.run(page)
        assert found.violations_count == 0, f"{theme}, {size}: {found.generate_report()}"
        axe = Axe("0")  # nothing to load: its half a megabyte is in the page by now
