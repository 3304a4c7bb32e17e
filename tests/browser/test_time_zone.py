"""The admin's date picker on a site in Kolkata, for a person whose computer is in New York."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import tabs
from tests.browser.site import LoopbackSite, loopback_site
from tests.browser.visits import DANA

pytestmark = pytest.mark.browser
MOMENT = "2026-03-01T00:15:30Z"  # in Kolkata 05:45:30; in New York it is still February


@pytest.fixture(scope="module")
def kolkata(static_files: None) -> Iterator[LoopbackSite]:
    with loopback_site(DJANGO_TIME_ZONE="Asia/Kolkata") as site:
        yield site


@pytest.fixture
def dana(browser: Browser, kolkata: LoopbackSite) -> Iterator[Page]:
    for tab in tabs(browser, kolkata):
        page = tab(DANA, timezone_id="America/New_York")
        page.clock.set_fixed_time(MOMENT)
        yield page


def test_today_and_now_are_in_the_zone_of_the_site(dana: Page) -> None:
    dana.goto("/admin/articles/article/add/")
    field = dana.locator(".field-publish_at")
    expect(field).to_contain_text("Time zone: Asia/Kolkata (UTC+05:30)")
    expect(field).to_contain_text("Note: You are 10.5 hours behind server time.")
    field.get_by_role("link", name="Today").click()
    field.get_by_role("link", name="Now").click()
    expect(dana.locator("#id_publish_at_0")).to_have_value("2026-03-01")
    expect(dana.locator("#id_publish_at_1")).to_have_value("05:45:30")
