"""My devices: seeing and ending them, with and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite, sign_in
from tests.browser.visits import PHONE
from tests.site import PASSWORD

pytestmark = pytest.mark.browser
ERIN = "erin_travels"  # not Alice: she would sign out the other tests' browsers
MINE = "/account/sessions/"


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def erin(request, tab: Tab, site: LoopbackSite) -> Page:
    made = site.manage("create_user", ERIN, "--exist-ok", DJANGO_USER_PASSWORD=PASSWORD)
    assert made.returncode == 0, made.stderr
    page = tab(java_script_enabled=request.param)
    enter(page)
    page.goto(MINE)
    end_others(page)
    return page


def enter(page: Page) -> None:
    page.goto("/login")
    sign_in(page, ERIN)
    expect(page.locator(".account-link")).to_have_text(ERIN)


def end_others(page: Page) -> None:
    button = page.get_by_role("link", name="Sign out all others")
    if button.count():
        button.click()
        page.get_by_role("button", name="Sign out all others").click()


def test_account_leads_to_the_devices(erin: Page):
    erin.locator(".account-link").click()
    erin.get_by_role("link", name="My devices").click()
    expect(erin.get_by_role("heading", level=1)).to_have_text("My devices")
    expect(erin.locator(".device-row")).to_have_count(1)
    expect(erin.locator(".device-row")).to_contain_text("Chrome on Linux")
    expect(erin.locator(".empty-note")).to_have_text("You are signed in nowhere else.")


def test_one_device_is_ended(erin: Page, tab: Tab):
    phone = tab(user_agent=PHONE)
    enter(phone)
    erin.goto(MINE)
    erin.get_by_role("link", name="Sign out Safari on iPhone").click()
    erin.get_by_role("link", name="Leave it").click()
    erin.get_by_role("link", name="Sign out Safari on iPhone").click()
    erin.locator("main").get_by_role("button", name="Sign out").click()
    expect(erin.get_by_role("status")).to_have_text("Safari on iPhone is signed out.")
    expect(erin.locator(".device-row")).to_have_count(1)
    phone.goto("/account/profile/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_all_other_devices_are_ended(erin: Page, tab: Tab):
    phone, tablet = tab(user_agent=PHONE), tab()
    enter(phone)
    enter(tablet)
    erin.goto(MINE)
    end_others(erin)
    expect(erin.get_by_role("status")).to_have_text("2 other devices are signed out.")
    for other in (phone, tablet):
        other.goto("/")
        expect(other.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_this_device_is_ended_by_signing_out(erin: Page):
    erin.locator(".device-row").get_by_role("button", name="Sign out").click()
    expect(erin.get_by_role("status")).to_have_text("You are signed out.")
