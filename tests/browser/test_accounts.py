"""Signing in, registering, signing out."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import CHROMIUM, PACKAGE, LoopbackSite, context_of, sign_in
from tests.browser.visits import BOB, signed_in_long_ago
from tests.site import PASSWORD

pytestmark = pytest.mark.browser


def test_signing_in_and_out(charlie: Page):
    charlie.goto("/")
    charlie.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(charlie, BOB)
    expect(charlie.locator(".account-link")).to_have_text(BOB)
    charlie.get_by_role("button", name="Sign out").click()
    expect(charlie.get_by_role("status")).to_have_text("You are signed out.")
    expect(charlie.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_signing_in_leads_to_the_page_asked_for(charlie: Page):
    charlie.goto("/articles/new/")
    sign_in(charlie, BOB)
    expect(charlie).to_have_url("/articles/new/")


@pytest.mark.parametrize(
    ("name", "password", "field", "message"),
    [
        ("short", PASSWORD, "name", "The user name must have 6 to 18 characters."),
        (BOB, "Short1$", "pwd", "The password must have at least 8 characters."),
        (BOB, "", "pwd", "The password must not be empty."),
    ],
)
def test_error_stands_beside_its_field(
    charlie: Page, name: str, password: str, field: str, message: str
):
    charlie.goto("/login")
    sign_in(charlie, name, password)
    wrong = charlie.locator(f"[name={field}]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(message)
    expect(charlie.locator("[aria-invalid]")).to_have_count(1)
    expect(charlie.locator(f".form-field:has([name={field}]) .field-error")).to_be_visible()
    wrong.focus()
    expect(wrong).to_be_focused()


def test_wrong_password_is_an_error_and_the_name_is_kept(charlie: Page):
    charlie.goto("/login")
    sign_in(charlie, BOB, "Wrong&Password1$")
    expect(charlie.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(charlie.locator("[name=name]")).to_have_value(BOB)
    expect(charlie.locator("[name=pwd]")).to_have_value("")


def test_registering(tab: Tab):
    page = tab()
    page.goto("/login")
    page.get_by_role("link", name="Register").click()
    page.get_by_label("User name").fill("newcomer1")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("status")).to_have_text("Welcome! Your account is ready.")
    again = tab()
    again.goto("/login")
    sign_in(again, "newcomer1")
    expect(again.locator(".account-link")).to_have_text("newcomer1")


@pytest.fixture
def remembering(browser: Browser, site: LoopbackSite) -> Iterator[Page]:
    """A browser with a back/forward cache, which Playwright disables in its own."""
    program, off = shutil.which(PACKAGE), ["--disable-back-forward-cache"]
    with browser.browser_type.launch(
        executable_path=program, args=CHROMIUM, ignore_default_args=off
    ) as another:
        yield context_of(another, site, "").new_page()


@pytest.mark.parametrize("path", ["/account/profile/", "/articles/mine/", "/articles/new/"])
def test_back_after_signing_out_shows_no_private_page(remembering: Page, path: str):
    remembering.goto(f"/login?next={path}")
    sign_in(remembering, BOB)
    remembering.wait_for_url(path)
    remembering.get_by_role("button", name="Sign out").click()
    expect(remembering.get_by_role("status")).to_have_text("You are signed out.")
    remembering.go_back()
    expect(remembering).to_have_url(f"/login?next={path}")
    expect(remembering.get_by_text(BOB)).to_have_count(0)


def test_new_address_asks_for_the_password_and_then_is_saved(charlie: Page, site: LoopbackSite):
    signed_in_long_ago(charlie, site)
    charlie.goto("/account/profile/")
    charlie.get_by_label("About the author").fill("Reads.\nA lot.")
    charlie.get_by_label("Email").fill("bob@example.com")
    charlie.get_by_role("button", name="Save").click()
    expect(charlie.get_by_role("heading", level=1)).to_have_text("Confirm it is you")
    charlie.get_by_label("Password").fill(PASSWORD)
    charlie.get_by_role("button", name="Go on").click()
    expect(charlie.get_by_role("status")).to_have_text("Your profile is saved.")
    expect(charlie.get_by_label("Email")).to_have_value("bob@example.com")
    expect(charlie.get_by_label("About the author")).to_have_value("Reads.\nA lot.")
