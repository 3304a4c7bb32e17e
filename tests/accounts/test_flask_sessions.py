"""Records of Flask-Session in Redis sign their users in here (FLASK_BRIDGE=redis)."""

import pickle
from typing import Any

import msgspec
import pytest
from django.test import Client
from redis import Redis

from accounts import flask_sessions
from accounts.models import User
from core.http.failure_log import Kinds
from core.sessions import connection
from tests.accounts.flask_side import bridge, browser, imported, name_shown, record, signed_id
from tests.core.sessions.conftest import redis as redis  # fixture here too
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
SID = "Qy2tZ6mVn0bR1kXc8sLw4dGh7jPf9aEuTiOoYrNlMqA"
PREFIX = "flask-test:"


class Bomb:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("The pickle was loaded.",))


@pytest.fixture(autouse=True)
def store(redis: Redis, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SESSION_ENGINE = "core.sessions.redis"
    bridge(settings, "redis", KEY_PREFIX=PREFIX)
    monkeypatch.setattr(flask_sessions, "logged", Kinds())
    imported("alice_writes", "7")
    yield redis
    for key in redis.scan_iter(f"{PREFIX}*"):
        redis.delete(key)


def put(redis: Redis, data: bytes, session_id: str = SID) -> Client:
    redis.set(f"{PREFIX}{session_id}", data, ex=60)
    return browser(session_id)


def test_record_in_msgpack_signs_in(store: Redis) -> None:
    client = put(store, record("7", seen=msgspec.msgpack.Ext(5, b"x"), cart=["tea"]))
    before = store.ttl(f"{PREFIX}{SID}")
    assert name_shown(client) == "alice_writes"
    assert store.ttl(f"{PREFIX}{SID}") <= before


def test_record_in_json_signs_in(store: Redis, settings: Any) -> None:
    settings.INKPOOL_FLASK_BRIDGE_SERIALIZER = "json"
    assert name_shown(put(store, b'{"_permanent":true,"_user_id":"7"}')) == "alice_writes"


def test_id_of_version_0_5_is_a_uuid(store: Redis) -> None:
    client = put(store, record("7"), "0b1c9f0e-3a57-4d0f-9f7e-2b8f6f1b7a11")
    assert name_shown(client) == "alice_writes"


def test_signed_id_is_read_and_a_bare_one_refused(store: Redis, settings: Any) -> None:
    settings.INKPOOL_FLASK_BRIDGE_SIGNER = True
    bare = put(store, record("7"))
    assert name_shown(browser(signed_id(SID))) == "alice_writes"
    for cookie in (SID, signed_id(SID, key="another"), signed_id(SID)[:-1], f"{SID}."):
        assert name_shown(browser(cookie)) == ""
    assert name_shown(bare) == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pickle.dumps({"_user_id": "7"}), "is a pickle"),
        (pickle.dumps({"_user_id": "7"}, protocol=0), "is a pickle"),
        (pickle.dumps(Bomb()), "is a pickle"),
        (b'{"_user_id":"7"}', "is in another format"),
        (record("7")[:-3], "is damaged"),
        (msgspec.msgpack.encode(["7"]), "is damaged"),
        (record("7", cart="x" * 1024**2), "is too long"),
        (b"", ""),
        (msgspec.msgpack.encode({"_user_id": None}), ""),
        (msgspec.msgpack.encode({"_user_id": ["7"]}), ""),
        (msgspec.msgpack.encode({"_permanent": True}), ""),
    ],
)
def test_other_record_signs_nobody_in_and_is_named(
    store: Redis, caplog: pytest.LogCaptureFixture, data: bytes, words: str
) -> None:
    client = put(store, data)
    assert name_shown(client) == ""
    assert name_shown(client) == ""
    lines = [each.message for each in caplog.records if "Flask application" in each.message]
    assert len(lines) == bool(words)
    assert words in "".join(lines)


def test_key_of_another_type_signs_nobody_in(store: Redis) -> None:
    store.rpush(f"{PREFIX}{SID}", "x")
    assert name_shown(browser(SID)) == ""


@pytest.mark.parametrize("session_id", ["x" * 300, "short", "a b" * 10, "../" * 10, "é" * 20])
def test_cookie_of_another_form_is_not_looked_up(
    store: Redis, monkeypatch: pytest.MonkeyPatch, session_id: str
) -> None:
    monkeypatch.setattr(flask_sessions, "execute", lambda *words: pytest.fail(str(words)))
    assert name_shown(browser(session_id)) == ""


def test_session_of_this_site_is_no_record_of_flask(store: Redis, settings: Any) -> None:
    settings.INKPOOL_FLASK_BRIDGE_KEY_PREFIX = settings.INKPOOL_SESSION_KEY_PREFIX
    client = Client()
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    name = client.session.id_hash
    other = browser(name)
    assert name_shown(other) == ""
    other.post("/logout")
    assert name_shown(client) == "alice_writes"


def test_signing_out_here_ends_the_record(store: Redis) -> None:
    client, replayed = put(store, record("7")), browser(SID)
    client.post("/logout")
    assert not store.exists(f"{PREFIX}{SID}")
    assert name_shown(replayed) == ""
    assert "copy of it" not in client.get("/").text


def test_signing_out_at_flask_counts_here_at_once(store: Redis) -> None:
    client = put(store, record("7"))
    assert name_shown(client) == "alice_writes"
    put(store, msgspec.msgpack.encode({"_permanent": True}))
    assert name_shown(client) == ""


def test_sign_in_here_ends_the_record_of_another_user_alone(store: Redis) -> None:
    imported("bob_reads", "8")
    client = put(store, record("8"))
    client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert not store.exists(f"{PREFIX}{SID}")
    same = put(store, record("7"))
    same.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert store.exists(f"{PREFIX}{SID}")


def test_redis_that_does_not_answer_is_a_503(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: Any) -> Any:
        raise connection.SessionStoreUnavailable("gone")

    client = put(store, record("7"))
    monkeypatch.setattr(flask_sessions, "execute", fail)
    answer = client.get("/account/profile/")
    assert answer.status_code == 503
    assert "session" not in answer.cookies
    assert client.post("/logout").status_code == 503
    monkeypatch.undo()
    assert User.objects.get().username == "alice_writes"
