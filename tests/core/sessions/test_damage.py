"""Damaged data of any kind open a fresh session; they run no code and cause no error."""

import pickle

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session

from core.sessions import database, payload
from core.sessions import redis as on_redis
from tests.core.sessions.conftest import PREFIX


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('code ran')",))


WHOLE = payload.encode(1, {"user": "alice"})
TEXTS = {
    "empty": b"",
    "text": b"user=alice",
    "number": b"5",
    "null": b"null",
    "list": b"[1,2]",
    "string": b'"alice"',
    "cut short": WHOLE[:-2],
    "followed by more": WHOLE + b"}",
    "no envelope": b'{"user":"alice"}',
    "values are a list": b'{"version":"1","created":1,"values":[]}',
    "no version": b'{"created":1,"values":{}}',
    "version is a number": b'{"version":1,"created":1,"values":{}}',
    "created is a text": b'{"version":"1","created":"1","values":{}}',
    "created is no whole number": b'{"version":"1","created":1.5,"values":{}}',
    "deep": b'{"version":"1","created":1,"values":{"a":' + b"[" * 50_000,
    "expiry is a word": b'{"version":"1","created":1,"values":{"_session_expiry":"soon"}}',
    "expiry has no zone": b'{"version":"1","created":1,"values":{"_session_expiry":"2099-01-01"}}',
    "expiry is huge": b'{"version":"1","created":1,"values":{"_session_expiry":'
    b"99999999999999999999999}}",
    "expiry is negative": b'{"version":"1","created":1,"values":{"_session_expiry":-5}}',
    "expiry is a list": b'{"version":"1","created":1,"values":{"_session_expiry":[1]}}',
    "old pickle": pickle.dumps({"user": "alice"}, 0),
    "old bomb": pickle.dumps(Bomb(), 0),
}
BYTES = {
    "not UTF-8": b'{"version":"1","created":1,"values":{"user":"\xff"}}',
    "xc1": b"\xc1",
    "pickle": pickle.dumps({"user": "alice"}),
    "bomb": pickle.dumps(Bomb()),
}


def judge(session):
    """Asserts that Alice's damaged session is replaced by a fresh one that can be used."""
    assert session.get("user") is None
    assert session.session_key is None
    session["user"] = "alice again"
    session.save()
    assert type(session)(session.session_key)["user"] == "alice again"


@pytest.mark.parametrize("damage", TEXTS.values(), ids=TEXTS)
def test_a_damaged_text_is_a_fresh_session(store, alices, damage):
    overwrite(alices(), damage or b" ")
    judge(alices())


@pytest.mark.parametrize("damage", {**TEXTS, **BYTES}.values(), ids={**TEXTS, **BYTES})
def test_damaged_bytes_are_a_fresh_session(redis, redis_session, damage):
    redis.set(PREFIX + redis_session().id_hash, damage)
    judge(redis_session())


@pytest.mark.parametrize("kind", ["list", "hash", "set"])
def test_key_of_another_redis_type_is_a_fresh_session(redis, redis_session, kind):
    session = redis_session()
    session["basket"] = 1
    key = PREFIX + session.id_hash
    redis.delete(key)
    {"list": redis.rpush, "set": redis.sadd, "hash": redis.hincrby}[kind](key, "x")
    judge(redis_session())
    with pytest.raises(UpdateError):
        session.save()


def test_session_damaged_between_load_and_save_has_ended(store, alices):
    session = alices()
    session["basket"] = 1
    overwrite(alices(), b"[]")
    with pytest.raises(UpdateError):
        session.save()


def test_row_of_stock_django_is_a_fresh_session(db):
    session = database.SessionStore()
    session["user"] = "alice"
    session.save()
    Session.objects.update(session_data="eyJ1c2VyIjoiYWxpY2UifQ:1w0000:signature")
    judge(database.SessionStore(session.session_key))


@pytest.fixture
def redis_session(redis):
    session = on_redis.SessionStore()
    session["user"] = "alice"
    session.save()
    return lambda: on_redis.SessionStore(session.session_key)


def overwrite(session, data):
    there = session.backend.read(session.id_hash, None)
    assert session.backend.replace(session.id_hash, there, session.id_hash, data, 60)
