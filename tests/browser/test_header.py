"""The theme button: last in the order of focus, and nothing moves when it appears."""

import pytest

from tests.browser.conftest import Tab
from tests.browser.visits import ALICE

pytestmark = pytest.mark.browser
SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) sum += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})"""
STOPS = """() => [...document.querySelectorAll("header :is(a, button)")]
    .map(stop => stop.getBoundingClientRect())
    .map(box => [Math.round((box.top + box.bottom) / 80), box.left])"""


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", ["", ALICE], ids=["anonymous", "alice"])
def test_nothing_moves_when_the_theme_button_appears(tab: Tab, name: str, width: int):
    page = tab(name)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/")
    page.locator("#theme-toggle").wait_for()
    assert page.evaluate(SHIFTS) == 0


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", ["", ALICE], ids=["anonymous", "alice"])
def test_focus_follows_the_visual_order(tab: Tab, name: str, width: int, locale: str):
    page = tab(name, locale=locale)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/")
    page.locator("#theme-toggle").wait_for()
    stops = page.evaluate(STOPS)[1:]  # the first skips to the content, and is out of sight
    assert stops == sorted(stops)
