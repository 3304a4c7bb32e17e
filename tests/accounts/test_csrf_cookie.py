"""The cookie behind the forms: sent when it is new, and not again with each page of a reader."""

import pytest
from django.test import Client

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
COOKIE = "csrftoken"


@pytest.fixture
def alice() -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("alice1"))
    return client


def test_a_reader_gets_it_once(alice: Client) -> None:
    assert COOKIE in alice.get("/").cookies
    assert COOKIE not in alice.get("/").cookies


@pytest.mark.parametrize("other", ["", "x" * 32, "<b>"])
def test_who_has_none_or_a_wrong_one_gets_another(alice: Client, other: str) -> None:
    alice.get("/")
    alice.cookies[COOKIE] = other
    page = alice.get("/")
    assert (COOKIE in page.cookies) is (other != "x" * 32)
    sent = {"csrfmiddlewaretoken": str(page.context["csrf_token"])}
    assert alice.post("/logout", sent).status_code == 302


def test_a_stranger_gets_it_with_each_form() -> None:
    charlie = Client()
    assert [COOKIE in charlie.get("/login").cookies for _ in range(2)] == [True, True]


def test_signing_in_gives_a_new_one() -> None:
    make_user("alice1")
    client = Client()
    client.get("/login")
    before = client.cookies[COOKIE].value
    client.post("/login", {"name": "alice1", "pwd": PASSWORD})
    assert client.cookies[COOKIE].value != before
