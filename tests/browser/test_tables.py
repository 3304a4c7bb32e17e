"""The guide's tables: whole on a wide screen; on a phone the first column stays."""

import pytest

from tests.browser.conftest import Tab

pytestmark = pytest.mark.browser
PAGES = ["/docs/parity/", "/docs/commands-flask/", "/docs/signals/"]
HIDDEN = "all => all.filter(each => each.scrollWidth > each.clientWidth).length"
SHIFT = """table => {
    table.scrollLeft = 1e6;
    const edge = table.getBoundingClientRect().left;
    const cells = [...table.querySelectorAll(":is(td, th):first-child")];
    return [table.scrollLeft, ...cells.map(cell => cell.getBoundingClientRect().left - edge)];
}"""


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("address", PAGES)
def test_no_table_is_cut_on_a_wide_screen(tab: Tab, address: str, locale: str):
    page = tab(locale=locale)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
    tables = page.locator(".table-scroll")
    assert tables.count() > 0
    assert tables.evaluate_all(HIDDEN) == 0


@pytest.mark.parametrize("address", PAGES)
def test_on_a_phone_the_first_column_stays(tab: Tab, address: str):
    page = tab()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    scrolled, *shifts = page.locator(".table-scroll").last.evaluate(SHIFT)
    assert scrolled > 100
    assert {round(shift) for shift in shifts} == {0}
