"""/account/sessions/: my devices."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginSession
from accounts.reauthentication import SIGNED_IN_AT
from core.sessions.inspection import session_store
from tests.accounts.conftest import PHONE, lives
from tests.page import Page

pytestmark = pytest.mark.django_db
MINE = "/account/sessions/"
OTHERS = "/account/sessions/end/"


def end_page(device) -> str:
    return f"{MINE}{LoginSession.objects.get(id_hash=device.id_hash).pk}/end/"


@pytest.mark.parametrize("path", [MINE, OTHERS, f"{MINE}1/end/"])
def test_anonymous_visitor_is_redirected_to_sign_in(path, db):
    for answer in (Client().get(path), Client().post(path)):
        assert answer["Location"].startswith("/login?next=")


def test_this_device_is_marked_and_the_others_follow(device):
    desk, phone = device(), device(user_agent=PHONE, REMOTE_ADDR="192.0.2.7")
    answer = desk.get(MINE)
    text = Page(answer.content.decode()).text
    assert text.index("This device") < text.index("Firefox on Linux")
    assert text.index("Firefox on Linux") < text.index("Other devices")
    assert text.index("Other devices") < text.index("Safari on iPhone")
    assert "192.0.2.7" in text
    assert "no-store" in answer["Cache-Control"]
    assert end_page(phone) in answer.content.decode()


def test_page_says_if_there_is_no_other_device(device):
    answer = device().get(MINE).content.decode()
    assert "You are signed in nowhere else." in answer
    assert OTHERS not in answer


def test_times_are_shown_relative_and_exact(alice, device):
    desk, phone = device(), device(user_agent=PHONE)
    then = timezone.now() - timedelta(hours=3, minutes=5)
    LoginSession.objects.filter(id_hash=phone.id_hash).update(last_seen_at=then)
    answer = desk.get(MINE).content.decode()
    assert "3\xa0hours ago" in answer and "just now" in answer
    assert f'<time datetime="{timezone.localtime(then).isoformat()}"' in answer


def test_one_device_is_ended_after_confirmation(device):
    desk, phone = device(), device(user_agent=PHONE)
    path, before = end_page(phone), phone.id_hash
    question = desk.get(path)
    assert "Safari on iPhone" in question.content.decode()
    assert lives(before)
    answer = desk.post(path, follow=True)
    assert "Safari on iPhone is signed out." in answer.content.decode()
    assert not lives(before)
    assert desk.is_signed_in()
    assert desk.post(path).status_code == 404  # twice


def test_ended_device_is_redirected_to_sign_in(device):
    desk, phone = device(), device()
    desk.post(end_page(phone))
    answer = phone.get("/account/profile/")
    assert answer["Location"] == "/login?next=/account/profile/"
    assert answer.cookies["sessionid"]["max-age"] == 0
    assert phone.get("/").status_code == 200
    assert "my words" in phone.post("/account/profile/", {"bio": "my words"}).content.decode()


def test_devices_of_other_users_cannot_be_ended(bob, device):
    alices, bobs = device(), device("bob_reads")
    path = end_page(alices)
    assert bobs.get(path).status_code == bobs.post(path).status_code == 404
    assert alices.is_signed_in()


def test_all_other_devices_are_ended_after_confirmation(bob, device):
    desk, phone, tablet, bobs = device(), device(), device(), device("bob_reads")
    assert desk.get(OTHERS).status_code == 200
    assert phone.is_signed_in()
    assert "2 other devices are signed out." in desk.post(OTHERS, follow=True).content.decode()
    assert desk.is_signed_in() and bobs.is_signed_in()
    assert not phone.is_signed_in() and not tablet.is_signed_in()
    assert LoginSession.objects.count() == 2


def test_ending_all_others_includes_sessions_without_row(device):
    desk, phone = device(), device()
    LoginSession.objects.filter(id_hash=phone.id_hash).delete()
    desk.post(OTHERS)
    assert desk.is_signed_in() and not phone.is_signed_in()


def test_session_ended_meanwhile_ends_no_others(device):
    """If two devices do it at once, the one that was ended first stays ended and shows so."""
    desk, phone = device(), device()
    session_store().end([phone.id_hash])
    assert phone.post(OTHERS)["Location"].startswith("/login")
    assert desk.is_signed_in()


def test_ending_needs_a_csrf_token(alice, device):
    desk = device()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert strict.post(OTHERS).status_code == 403
    assert strict.put(OTHERS).status_code in {403, 405}
    assert desk.post(MINE).status_code == 405


def test_old_sign_in_confirms_the_password_first(device):
    desk, phone = device(), device()
    session = desk.session
    session[SIGNED_IN_AT] = 0
    session.save()
    assert desk.get(OTHERS)["Location"].startswith("/account/confirm/")
    assert "present_pwd" in desk.post(OTHERS).content.decode()
    assert phone.is_signed_in()


def test_the_list_takes_few_queries_however_long(alice, device, django_assert_max_num_queries):
    desk = device()
    for _ in range(9):
        device()
    with django_assert_max_num_queries(5):  # session, user, note, rows, their sessions
        assert desk.get(MINE).content.decode().count("Firefox on Linux") >= 10


def test_profile_links_to_devices(device):
    assert f'href="{MINE}"' in device().get("/account/profile/").content.decode()
