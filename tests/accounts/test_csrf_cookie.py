"""The CSRF cookie is sent when it is new, and not again with each page of a signed-in user."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD
from tests.page import Page

pytestmark = pytest.mark.django_db
COOKIE, FIELD = "csrftoken", "csrfmiddlewaretoken"


@pytest.fixture
def alice_client(alice: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def test_signed_in_user_gets_it_once(alice_client: Client) -> None:
    assert COOKIE in alice_client.get("/").cookies
    assert COOKIE not in alice_client.get("/").cookies


@pytest.mark.parametrize("other", ["", "x" * 32, "<b>"])
def test_missing_or_wrong_cookie_is_replaced(alice_client: Client, other: str) -> None:
    alice_client.get("/")
    alice_client.cookies[COOKIE] = other
    page = alice_client.get("/")
    assert (COOKIE in page.cookies) is (other != "x" * 32)
    forms = Page(page.content.decode()).forms
    token = next(form[FIELD]["value"] for form in forms if FIELD in form)
    sent = {FIELD: token}
    assert alice_client.post("/logout", sent).status_code == 302


def test_anonymous_visitor_gets_it_with_each_form(charlie: Client) -> None:
    assert [COOKIE in charlie.get("/login").cookies for _ in range(2)] == [True, True]


def test_signing_in_gives_a_new_one(alice: User, client: Client) -> None:
    client.get("/login")
    before = client.cookies[COOKIE].value
    client.post("/login", {"name": alice.username, "pwd": PASSWORD})
    assert client.cookies[COOKIE].value != before
