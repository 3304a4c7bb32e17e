"""Alice signed in an hour ago, on a site that asks again after half an hour."""

import time
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from accounts.login_guard import PRESENT_PASSWORD
from accounts.models import User
from accounts.reauthentication import SIGNED_IN_AT
from tests.factories import PASSWORD, make_user
from tests.page import Page

pytestmark = pytest.mark.django_db
MAIL = {"display_name": "Alice", "bio": "two\r\nlines", "email": "alice@example.com"}


def signed_in_at(client, moment):
    session = client.session
    session[SIGNED_IN_AT] = moment
    session.save()


def an_hour_ago(client):
    signed_in_at(client, int(time.time()) - 3600)


@pytest.fixture
def alice_client(alice_client):
    an_hour_ago(alice_client)
    return alice_client


@pytest.fixture
def dana_client(dana_client):
    an_hour_ago(dana_client)
    return dana_client


def carried(answer):
    """The data that the confirmation page posts, with the password filled in."""
    fields = Page(answer.content.decode()).form_with("present_pwd")
    return {name: field["value"] for name, field in fields.items() if "value" in field}


def test_new_email_is_kept_until_password_is_confirmed(alice_client, alice):
    question = alice_client.post("/account/profile/", MAIL)
    assert carried(question).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""
    answer = alice_client.post("/account/profile/", carried(question) | {"present_pwd": PASSWORD})
    assert answer["Location"] == "/account/profile/"
    alice.refresh_from_db()
    assert (alice.email, alice.bio) == (MAIL["email"], MAIL["bio"])


def test_other_profile_fields_need_no_confirmation(alice_client, alice):
    assert alice_client.post("/account/profile/", MAIL | {"email": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.bio == MAIL["bio"]


def test_recent_sign_in_needs_no_confirmation(alice, client):
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert client.post("/account/profile/", MAIL).status_code == 302


@pytest.mark.parametrize("moment", [None, "yesterday", True, [1], 1e300, 32_503_680_000])
def test_sign_in_without_valid_time_counts_as_old(alice_client, alice, moment):
    signed_in_at(alice_client, moment)
    assert carried(alice_client.post("/account/profile/", MAIL)).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""


def test_confirmation_changes_session_id_and_lasts(alice_client):
    before, old = alice_client.session.session_key, alice_client.cookies["sessionid"].value
    answer = alice_client.post("/account/confirm/?next=/articles/mine/", {"present_pwd": PASSWORD})
    assert answer["Location"] == "/articles/mine/"
    assert alice_client.session.session_key != before
    assert alice_client.post("/account/profile/", MAIL).status_code == 302
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get("/account/profile/").status_code == 302


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_next_outside_the_site_is_not_followed(alice_client, next):
    answer = alice_client.post(f"/account/confirm/?next={next}", {"present_pwd": PASSWORD})
    assert answer["Location"] == "/account/profile/"


def test_recently_confirmed_user_is_redirected_onwards(alice_client):
    signed_in_at(alice_client, int(time.time()))
    assert (
        alice_client.get("/account/confirm/?next=/articles/mine/")["Location"] == "/articles/mine/"
    )


def test_anonymous_visitor_is_redirected_to_sign_in(client):
    assert client.get("/account/confirm/")["Location"].startswith("/login?next=")


def test_wrong_password_asks_again_without_echo(alice_client, alice):
    question = alice_client.post("/account/profile/", MAIL | {"present_pwd": "Wrong2026$!"})
    assert "This is not your present password." in question.content.decode()
    assert "Wrong2026$!" not in question.content.decode()
    assert carried(question).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""


@pytest.mark.parametrize(
    ("path", "field"), [("/account/confirm/", "present_pwd"), ("/account/password/", "old_pwd")]
)
def test_present_password_guesses_are_counted_for_the_session(
    alice_client, one_window, path, field
):
    for _ in range(PRESENT_PASSWORD.attempts):
        assert alice_client.post(path, {field: "Wrong2026$!"}).status_code == 200
    answer = alice_client.post(path, {field: PASSWORD})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Too many attempts." in answer.content.decode()
    assert Client().post("/login", {"name": "alice_writes", "pwd": PASSWORD}).status_code == 302


def test_json_client_gets_403_problem(alice_client):
    answer = alice_client.post("/account/profile/", MAIL, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_changing_the_password_confirms(alice_client):
    new = "Other2026$!"
    change = {"old_pwd": PASSWORD, "pwd": new, "pwd_again": new}
    assert alice_client.post("/account/password/", change).status_code == 302
    assert alice_client.post("/account/profile/", MAIL).status_code == 302


@pytest.mark.parametrize(
    "page",
    [
        "accounts_user_add",
        "accounts_user_change",
        "accounts_user_delete",
        "auth_user_password_change",
        "auth_group_add",
    ],
)
def test_admin_asks_before_opening_user_forms(dana_client, dana, page):
    needs_one = page.split("_")[-1] != "add"
    path = reverse(f"admin:{page}", args=[dana.pk] if needs_one else [])
    answer = dana_client.get(path)
    assert answer["Location"].startswith("/account/confirm/?next=%2Fadmin%2F")
    answer = dana_client.post(answer["Location"], {"present_pwd": PASSWORD}, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, path)


def test_admin_list_is_free_and_its_actions_ask(dana_client):
    bob = make_user("robert")
    path = reverse("admin:accounts_user_changelist")
    assert dana_client.get(path).status_code == 200
    action = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
    question = dana_client.post(path, action)
    assert User.objects.filter(pk=bob.pk).exists()
    dana_client.post(path, carried(question) | {"present_pwd": PASSWORD})
    assert not User.objects.filter(pk=bob.pk).exists()


def test_posted_passwords_are_not_kept_in_the_confirmation(dana_client, dana):
    path = reverse("admin:auth_user_password_change", args=[dana.pk])
    question = dana_client.post(path, {"password1": "Other2026$!", "password2": "Other2026$!"})
    assert "Other2026$!" not in question.content.decode()
    dana.refresh_from_db()
    assert dana.check_password(PASSWORD)


@pytest.mark.parametrize("path", ["/admin/password_change/", "/admin/password_change/done/"])
def test_admin_password_change_counts_attempts(dana_client, path):
    assert dana_client.get(path)["Location"] == "/account/password/"


@pytest.mark.parametrize("kept", [{"remember": "on"}, {}], ids=["kept", "until-close"])
def test_confirmation_keeps_until_browser_closes(alice, client, kept):
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD, **kept})
    an_hour_ago(client)
    client.post("/account/confirm/", {"present_pwd": PASSWORD})
    assert bool(client.cookies["sessionid"]["max-age"]) is bool(kept)


def test_clock_slightly_ahead_needs_no_confirmation(alice_client):
    signed_in_at(alice_client, int(time.time()) + 30)
    assert alice_client.get("/account/sessions/end/").status_code == 200


def test_confirmation_does_not_restart_absolute_lifetime(alice_client):
    before, old = created(alice_client), alice_client.session.id_hash
    with patch("core.sessions.signed_cookie.now", return_value=before + 1000):
        assert alice_client.post("/account/confirm/", {"present_pwd": PASSWORD}).status_code == 302
        assert (alice_client.session.id_hash != old, created(alice_client)) == (True, before)
        form = {"name": "alice_writes", "pwd": PASSWORD}
        assert alice_client.post("/login", form).status_code == 302
        assert created(alice_client) == before + 1000


def created(client):
    session = client.session
    session.load()
    return session._stored.created
