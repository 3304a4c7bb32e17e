"""The pages that a sign-in at the Flask application opens, and its end (FLASK_BRIDGE=cookie)."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.flask_bridge import FLASK_USER_ID
from accounts.models import LoginSession, User
from tests.accounts.flask_side import ALICE, bridge, browser, imported, name_shown, sign_in, signed
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bridged(settings: Any) -> None:
    bridge(settings, "cookie")


@pytest.fixture
def alice() -> User:
    return imported("alice_writes", "7")


@pytest.mark.parametrize("path", ["/account/password/", "/account/sessions/", "/account/confirm/"])
def test_page_about_the_sign_in_needs_one_here(alice: User, path: str) -> None:
    client = browser(signed(ALICE))
    assert client.get(path)["Location"] == f"/login?next={path}"
    page = client.get("/login", {"next": path})
    assert "signed in at the other application" in page.text
    assert sign_in(client, next=path)["Location"] == path
    assert client.get("/account/password/").status_code == 200


def test_bridge_never_opens_the_admin(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = browser(signed(ALICE))
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/login?next=%2Fadmin%2F"
    sign_in(client)
    assert client.get("/admin/").status_code == 200


def test_sensitive_change_is_returned_and_not_made(alice: User) -> None:
    client = browser(signed(ALICE))
    answer = client.post("/account/profile/", {"display_name": "A", "email": "new@example.org"})
    assert answer.status_code == 403
    assert "sign in here" in answer.text and "new@example.org" in answer.text
    data = {"display_name": "A", "email": "new@example.org", "present_pwd": PASSWORD}
    assert client.post("/account/profile/", data).status_code == 403
    alice.refresh_from_db()
    assert (alice.email, alice.display_name) == ("", "")
    assert client.post("/account/profile/", {"display_name": "A"}).status_code == 302


def test_session_of_a_deleted_user_is_no_sign_in_of_the_bridged_one(alice: User) -> None:
    make_user("charlie_1")
    client = browser(signed(ALICE))
    sign_in(client, "charlie_1")
    client.cookies["session"] = signed(ALICE)  # which the sign-in has deleted
    LoginSession.objects.all().delete()
    User.objects.filter(username="charlie_1").delete()  # the session has no row that ends it
    assert SESSION_KEY in client.session
    assert name_shown(client) == "alice_writes"
    assert client.get("/account/sessions/")["Location"] == "/login?next=/account/sessions/"
    answer = client.post("/account/profile/", {"display_name": "A", "email": "new@example.org"})
    assert answer.status_code == 403


def test_password_that_must_be_changed_leads_to_the_sign_in(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(password_state="change")
    client = browser(signed(ALICE))
    assert client.get("/articles/mine/")["Location"] == "/account/password/"
    assert client.get("/account/password/")["Location"] == "/login?next=/account/password/"


def test_new_password_here_ends_the_bridge_of_the_account(alice: User) -> None:
    client, elsewhere = Client(), browser(signed(ALICE))
    sign_in(client)
    assert name_shown(elsewhere) == "alice_writes"
    new = {"old_pwd": PASSWORD, "pwd": "Another2026$!", "pwd_again": "Another2026$!"}
    assert client.post("/account/password/", new).status_code == 302
    assert name_shown(elsewhere) == ""
    assert name_shown(client) == "alice_writes"
    assert client.session[FLASK_USER_ID] == "7"


def test_password_that_is_switched_off_ends_the_bridge_of_the_account(alice: User) -> None:
    elsewhere = browser(signed(ALICE))
    assert name_shown(elsewhere) == "alice_writes"
    alice.set_unusable_password()
    alice.save()
    assert name_shown(elsewhere) == ""


def test_new_hash_at_a_sign_in_leaves_the_bridge_open(alice: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = alice.password
    sign_in(Client())
    alice.refresh_from_db()
    assert alice.password != before
    assert name_shown(browser(signed(ALICE))) == "alice_writes"


def test_ending_all_other_sessions_ends_the_bridge_too(alice: User) -> None:
    client, elsewhere = Client(), browser(signed(ALICE))
    sign_in(client)
    client.post("/account/sessions/end/")
    assert name_shown(elsewhere) == ""
    assert name_shown(client) == "alice_writes"


def test_session_here_counts_first(alice: User) -> None:
    imported("bob_reads", "8")
    client = browser(signed({"_user_id": "8"}))
    assert name_shown(client) == "bob_reads"
    sign_in(client)
    assert name_shown(client) == "alice_writes"
    client.cookies["session"] = signed({"_user_id": "8"})
    assert name_shown(client) == "alice_writes"


def test_sign_in_of_another_user_deletes_the_cookie_of_flask(alice: User) -> None:
    imported("bob_reads", "8")
    client = browser(signed({"_user_id": "8"}))
    assert sign_in(client).cookies["session"]["max-age"] == 0
    same = browser(signed(ALICE))
    same.cookies["remember_token"] = "7|x"
    assert not {"session", "remember_token"} & sign_in(same).cookies.keys()


def test_sign_in_of_another_user_deletes_the_remembered_one_of_flask(alice: User) -> None:
    client = Client()
    client.cookies["remember_token"] = "8|x"
    assert sign_in(client).cookies["remember_token"]["max-age"] == 0


def test_signing_out_deletes_the_remembered_user_without_a_session_of_flask(alice: User) -> None:
    client = Client()
    client.cookies["remember_token"] = "7|x"
    sign_in(client)
    assert client.post("/logout").cookies["remember_token"]["max-age"] == 0


def test_planted_session_here_does_not_become_signed_in_by_flask(alice: User) -> None:
    attacker = Client()
    attacker.get("/docs/try/")
    session = attacker.session
    session["cart"] = ["tea"]
    session.save()
    attacker.cookies["sessionid"] = session.session_key
    victim = browser(signed(ALICE))
    victim.cookies["sessionid"] = session.session_key
    assert name_shown(victim) == "alice_writes"
    assert name_shown(attacker) == ""
    assert SESSION_KEY not in attacker.session


def test_signing_out_deletes_the_cookies_and_says_what_it_cannot(alice: User) -> None:
    client = browser(signed(ALICE))
    client.cookies["remember_token"] = "7|x"
    sign_in(client)
    answer = client.post("/logout")
    assert {answer.cookies[each]["max-age"] for each in ("session", "remember_token")} == {0}
    assert "a copy of it stays valid" in client.get("/").text
    assert name_shown(client) == ""


def test_signing_out_without_a_session_here_ends_the_bridge(alice: User) -> None:
    client = browser(signed(ALICE))
    assert client.post("/logout").cookies["session"]["max-age"] == 0
    assert name_shown(client) == ""


def test_public_page_names_the_user_beside_an_anonymous_session(alice: User, settings: Any) -> None:
    settings.INKPOOL_PAGE_CACHE = True
    client = browser(signed(ALICE))
    session = client.session
    session["cart"] = ["tea"]
    session.save()
    client.cookies["sessionid"] = session.session_key
    for _ in range(2):
        assert "alice_writes" in client.get("/").text
