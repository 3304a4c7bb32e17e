"""Signing in, registering, signing out."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import sign_in
from tests.browser.visits import BOB
from tests.site import PASSWORD

pytestmark = pytest.mark.browser


def test_signing_in_and_out(charlie: Page):
    charlie.goto("/")
    charlie.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(charlie, BOB)
    expect(charlie.locator(".me")).to_have_text(BOB)
    charlie.get_by_role("button", name="Sign out").click()
    expect(charlie.get_by_role("status")).to_have_text("You are signed out.")
    expect(charlie.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_after_signing_in_one_is_where_one_wanted_to_be(charlie: Page):
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
def test_what_is_wrong_stands_beside_its_field(
    charlie: Page, name: str, password: str, field: str, message: str
):
    charlie.goto("/login")
    sign_in(charlie, name, password)
    wrong = charlie.locator(f"[name={field}]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(message)
    expect(charlie.locator("[aria-invalid]")).to_have_count(1)
    expect(charlie.locator(f".field:has([name={field}]) .field-error")).to_be_visible()
    wrong.focus()
    expect(wrong).to_be_focused()


def test_a_wrong_password_is_told_and_the_name_kept(charlie: Page):
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
    expect(again.locator(".me")).to_have_text("newcomer1")
