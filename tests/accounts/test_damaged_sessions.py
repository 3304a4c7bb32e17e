"""Sessions that are valid JSON but hold values that this site never stores."""

import pytest
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from accounts.reauthentication import SIGNED_IN_AT
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
ODD = [None, True, -1, 10**30, 1.5, "", "abc", [], ["a", {}], {"a": [1]}]
BESIDE = ["_messages", "_language", "csrftoken", SIGNED_IN_AT]
SETS = [["_auth_user_id"], ["_auth_user_backend"], ["_auth_user_hash"], BESIDE]
MESSAGE = "__json_message"


@pytest.fixture
def overfull(alice_client):
    """Alice's browser with more messages than the cookie holds: the rest is in the session."""
    storage = CookieStorage(RequestFactory().get("/"))
    messages = [Message(20, "the first"), CookieStorage.not_finished]
    alice_client.cookies["messages"] = storage._encode(messages)
    return alice_client


def damage(client, value, *keys):
    session = client.session
    session.update(dict.fromkeys(keys, value))
    session.save()


@pytest.mark.parametrize("keys", SETS, ids=lambda keys: keys[0])
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_value_of_wrong_type_is_no_error(alice_client, alice, keys, value):
    damage(alice_client, value, *keys)
    answers = [alice_client.post("/account/profile/", {"email": "alice@example.com"})]
    answers.append(alice_client.get("/account/profile/"))
    # 403: signed out, and the form is given back
    assert {answer.status_code for answer in answers} <= {200, 302, 403}
    assert alice_client.post("/logout").status_code == 302


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_sign_in_replaces_damaged_session(alice_client, value):
    damage(alice_client, value, "_auth_user_id")
    assert alice_client.post("/login", {"name": "alice_writes", "pwd": PASSWORD}).status_code == 302
    assert alice_client.get("/account/profile/").status_code == 200


@pytest.mark.parametrize("value", ["abc", [1], {}], ids=repr)
def test_session_with_invalid_user_id_is_ended(alice_client, value):
    damage(alice_client, value, "_auth_user_id")
    assert alice_client.get("/account/profile/").status_code == 302
    assert alice_client.cookies["sessionid"].value == ""


async def who(request):
    return HttpResponse((await request.auser()).get_username() or "anonymous")


urlpatterns = [path("who", who)]


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_damaged_session_is_no_error_in_async_view(alice_client, settings, value):
    settings.ROOT_URLCONF = __name__
    assert alice_client.get("/who").content == b"alice_writes"
    damage(alice_client, value, "_auth_user_id")
    assert alice_client.get("/who").content in {b"alice_writes", b"anonymous"}


@pytest.mark.parametrize("value", ["abc", [1], {}], ids=repr)
def test_async_view_ends_session_with_invalid_user_id(alice_client, settings, value):
    settings.ROOT_URLCONF = __name__
    damage(alice_client, value, "_auth_user_id")
    alice_client.get("/who")
    assert alice_client.cookies["sessionid"].value == ""


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "5",
        f'["{MESSAGE}"]',
        f'["{MESSAGE}",0]',
        f'[["{MESSAGE}",0,[],"hello"]]',
        f'[["{MESSAGE}",0,20,"hello",5]]',
        f'[["{MESSAGE}",0,20,{{"a":1}}]]',
        "[" * 100_000,
    ],
    ids=lambda value: value[:40],
)
def test_damaged_messages_are_dropped(overfull, value):
    damage(overfull, value, "_messages")
    answer = overfull.get("/")
    assert (answer.status_code, "the first" in answer.content.decode()) == (200, True)


def test_valid_messages_are_shown_beside_damaged_ones(overfull):
    damage(overfull, f'[["{MESSAGE}",0,20,"the second"], 5]', "_messages")
    assert "the second" in overfull.get("/").content.decode()
