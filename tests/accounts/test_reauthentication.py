"""Alice signed in an hour ago, on a site that asks again after half an hour."""

import time
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from accounts.login_guard import ACCOUNT_AT_ADDRESS
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
    """What the page sends along, once the password is typed into it."""
    fields = Page(answer.content.decode()).form_with("present_pwd")
    return {name: field["value"] for name, field in fields.items() if "value" in field}


def test_a_new_address_waits_for_the_password_and_is_not_lost(alice_client, alice):
    question = alice_client.post("/account/profile/", MAIL)
    assert carried(question).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""
    answer = alice_client.post("/account/profile/", carried(question) | {"present_pwd": PASSWORD})
    assert answer["Location"] == "/account/profile/"
    alice.refresh_from_db()
    assert (alice.email, alice.bio) == (MAIL["email"], MAIL["bio"])


def test_what_is_not_sensitive_is_saved_without_asking(alice_client, alice):
    assert alice_client.post("/account/profile/", MAIL | {"email": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.bio == MAIL["bio"]


def test_right_after_signing_in_nobody_is_asked(alice, client):
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert client.post("/account/profile/", MAIL).status_code == 302


@pytest.mark.parametrize("moment", [None, "yesterday", True, [1], 1e300, 32_503_680_000])
def test_a_sign_in_without_a_sound_time_is_an_old_one(alice_client, alice, moment):
    signed_in_at(alice_client, moment)
    assert carried(alice_client.post("/account/profile/", MAIL)).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""


def test_a_confirmation_changes_the_id_and_lasts(alice_client):
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


def test_who_was_just_asked_is_led_on(alice_client):
    signed_in_at(alice_client, int(time.time()))
    assert (
        alice_client.get("/account/confirm/?next=/articles/mine/")["Location"] == "/articles/mine/"
    )


def test_a_stranger_signs_in_instead(client):
    assert client.get("/account/confirm/")["Location"].startswith("/login?next=")


def test_a_wrong_password_asks_again_and_shows_none(alice_client, alice):
    question = alice_client.post("/account/profile/", MAIL | {"present_pwd": "Wrong2026$!"})
    assert "This is not your present password." in question.content.decode()
    assert "Wrong2026$!" not in question.content.decode()
    assert carried(question).items() >= MAIL.items()
    alice.refresh_from_db()
    assert alice.email == ""


@pytest.mark.parametrize(
    ("path", "field"), [("/account/confirm/", "present_pwd"), ("/account/password/", "old_pwd")]
)
def test_guesses_at_the_present_password_are_counted_as_at_sign_in(
    alice_client, one_window, path, field
):
    for _ in range(ACCOUNT_AT_ADDRESS.attempts):
        assert alice_client.post(path, {field: "Wrong2026$!"}).status_code == 200
    answer = alice_client.post(path, {field: PASSWORD})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Too many attempts." in answer.content.decode()
    assert Client().post("/login", {"name": "alice_writes", "pwd": PASSWORD}).status_code == 429


def test_a_program_is_told_what_is_missing(alice_client):
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
def test_the_admin_asks_before_it_opens_a_form_about_people(dana_client, dana, page):
    needs_one = page.split("_")[-1] != "add"
    path = reverse(f"admin:{page}", args=[dana.pk] if needs_one else [])
    answer = dana_client.get(path)
    assert answer["Location"].startswith("/account/confirm/?next=%2Fadmin%2F")
    answer = dana_client.post(answer["Location"], {"present_pwd": PASSWORD}, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, path)


def test_the_admin_lets_look_at_the_list_and_asks_before_its_actions(dana_client):
    bob = make_user("robert")
    path = reverse("admin:accounts_user_changelist")
    assert dana_client.get(path).status_code == 200
    action = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
    question = dana_client.post(path, action)
    assert User.objects.filter(pk=bob.pk).exists()
    dana_client.post(path, carried(question) | {"present_pwd": PASSWORD})
    assert not User.objects.filter(pk=bob.pk).exists()


def test_a_typed_password_does_not_stand_in_the_question(dana_client, dana):
    path = reverse("admin:auth_user_password_change", args=[dana.pk])
    question = dana_client.post(path, {"password1": "Other2026$!", "password2": "Other2026$!"})
    assert "Other2026$!" not in question.content.decode()
    dana.refresh_from_db()
    assert dana.check_password(PASSWORD)


@pytest.mark.parametrize("path", ["/admin/password_change/", "/admin/password_change/done/"])
def test_the_admin_has_no_uncounted_change_of_password(dana_client, path):
    assert dana_client.get(path)["Location"] == "/account/password/"


@pytest.mark.parametrize("kept", [{"remember": "on"}, {}], ids=["kept", "until-close"])
def test_a_confirmation_leaves_how_long_the_sign_in_lasts(alice, client, kept):
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD, **kept})
    an_hour_ago(client)
    client.post("/account/confirm/", {"present_pwd": PASSWORD})
    assert bool(client.cookies["sessionid"]["max-age"]) is bool(kept)


def test_a_clock_that_is_a_little_ahead_asks_nobody_again(alice_client):
    signed_in_at(alice_client, int(time.time()) + 30)
    assert alice_client.get("/account/sessions/end/").status_code == 200


def test_the_password_entered_again_gives_no_longer_life(alice_client):
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
