"""When the editor keeps what is typed, by the clock of the page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.editor_pages import COUNT_ON_DEVICE, body, own_article, status
from tests.browser.site import LoopbackSite
from tests.browser.visits import BOB

pytestmark = pytest.mark.browser
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def page(tab: Tab, site: LoopbackSite) -> Page:
    page = tab(BOB)
    page.clock.install()
    page.goto(own_article(site, "By the clock"))
    return page


@pytest.fixture
def sent(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda each: found.append(each.url) if "autosave/" in each.url else None)
    return found


def test_text_is_sent_two_seconds_after_the_last_key(page: Page, sent: list[str]):
    for _ in range(3):
        body(page).press("a")
        page.clock.run_for(1900)
    assert sent == []
    page.clock.run_for(200)
    expect(status(page, "Kept")).to_be_visible()
    assert len(sent) == 1


def test_text_is_sent_every_ten_seconds_while_typing_goes_on(page: Page, sent: list[str]):
    for second in range(21):
        if second in (10, 20):
            expect(status(page, "Kept")).to_be_visible()
        assert len(sent) == second // 10
        body(page).press("a")
        page.clock.run_for(1000)


def test_text_is_on_the_device_after_one_second(page: Page, sent: list[str]):
    body(page).press("a")
    page.clock.run_for(1000)
    page.wait_for_function(f"async () => await ({COUNT_ON_DEVICE})() === 1")
    assert sent == []


def test_text_is_sent_when_the_page_is_hidden(page: Page, sent: list[str]):
    body(page).press("a")
    page.evaluate(HIDE)
    expect(status(page, "Kept")).to_be_visible()
    assert len(sent) == 1
