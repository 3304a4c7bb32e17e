import pytest
from django.test import Client

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = {"old_pwd": PASSWORD, "pwd": "Other2026$!", "pwd_again": "Other2026$!"}


@pytest.mark.parametrize("page", ["profile", "password"])
def test_anonymous_visitor_is_redirected_to_sign_in(page):
    assert Client().get(f"/account/{page}/")["Location"].startswith("/login?next=")


def test_profile_is_saved(alice_client, alice):
    answer = alice_client.post(
        "/account/profile/", {"display_name": "Alice", "bio": "Hi", "email": ""}
    )
    assert answer["Location"] == "/account/profile/"
    alice.refresh_from_db()
    assert (str(alice), alice.bio) == ("Alice", "Hi")


def test_form_posted_after_sign_in_ended_is_given_back(alice_client, alice):
    alice_client.logout()
    answer = alice_client.post("/account/profile/", {"display_name": "A", "bio": "A <long> story"})
    assert answer.status_code == 403
    assert "A &lt;long&gt; story" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.bio == ""


def test_invalid_profile_shows_error_and_is_not_saved(alice_client, alice):
    answer = alice_client.post("/account/profile/", {"display_name": "A", "email": "nowhere"})
    assert "email" in answer.context["form"].errors
    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_a_new_password_keeps_this_device_and_ends_the_others(alice_client, alice):
    phone = Client()
    phone.force_login(alice)
    assert alice_client.post("/account/password/", NEW).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("Other2026$!")
    assert alice_client.get("/account/profile/").status_code == 200
    assert phone.get("/account/profile/").status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old_pwd": "Wrong2026$!"}, "old_pwd"),
        ({"old_pwd": ""}, "old_pwd"),
        ({"pwd": "weak", "pwd_again": "weak"}, "pwd"),
        ({"pwd_again": "Third2026$!"}, "pwd_again"),
        ({"pwd": "Alice_Writes1$", "pwd_again": "Alice_Writes1$"}, "pwd"),
    ],
)
def test_refused_password_change_changes_nothing(alice_client, alice, change, field):
    answer = alice_client.post("/account/password/", NEW | change)
    assert list(answer.context["form"].errors) == [field]
    assert PASSWORD not in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
