"""The contract of a session, on both stores."""

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from django.utils.safestring import mark_safe

from core.sessions import signed_cookie
from core.signals import session_ended

VALUES = {
    "none": None,
    "list": [1, [], {}],
    "dict": {"é": {"針": [1.5, -0.0]}},
    "": "",
    "big": 2**80,
}


def test_stored_values_are_read_unchanged(alices):
    session = alices()
    session.update(VALUES)
    session.save()
    assert dict(alices().items()) == {"user": "alice", **VALUES}


def test_true_and_one_are_distinct_values(alices):
    first = alices()
    first["flag"] = 1
    first.save()
    second = alices()
    second["flag"] = True
    second.save()
    assert alices()["flag"] is True


def test_safestring_is_stored_as_str(alices):
    session = alices()
    session["html"] = mark_safe("<b>")
    session.save()
    assert type(alices()["html"]) is str


LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value",
    [(1,), {1}, b"x", {1: 2}, object(), timezone.now(), float("nan"), [[(1,)]], LOOP, "\ud800"],
    ids=lambda value: type(value).__name__,
)
def test_value_that_is_not_json_is_refused_by_key(store, value):
    session = store()
    session["basket"] = value
    with pytest.raises(TypeError, match="basket"):
        session.save()
    assert not session.exists(session.session_key)


def test_key_that_is_not_a_string_is_refused(store):
    session = store()
    session[1] = "one"
    with pytest.raises(TypeError, match="1"):
        session.save()


def test_lone_surrogate_in_key_is_refused(alices):
    session = alices()
    session["\ud800"] = 1
    with pytest.raises(TypeError, match="ud800"):
        session.save()


def test_an_unknown_id_is_never_adopted(store):
    theirs = signed_cookie.SessionCookie(
        signed_cookie.new_id(), "", signed_cookie.now()
    ).serialize()
    session = store(theirs)
    session["user"] = "alice"
    session.save()
    assert session.id_hash != signed_cookie.parse(theirs).id_hash()
    assert not session.exists(theirs)


@pytest.mark.parametrize("change", [str.upper, lambda key: key + "x", lambda key: key[1:]])
def test_a_forged_key_does_not_reach_the_store(store, alices, untouchable, change):
    forged = change(alices().session_key)
    untouchable()
    session = store(forged)
    assert session.get("user") is None
    assert session.session_key is None
    assert not session.exists(forged)


@pytest.mark.parametrize(
    "key", ["", "a", "a.b.c", "é" * 50, "\udcff" * 50, "x" * 100_000, "\0" * 9]
)
def test_invalid_key_opens_a_new_session(store, untouchable, key):
    untouchable()
    assert store(key).get("user") is None


def test_without_signer_the_key_is_the_bare_id(store, settings, alices):
    settings.INKPOOL_SESSION_USE_SIGNER = False
    session = store()
    session["user"] = "bob"
    session.save()
    assert len(session.session_key) == 43
    assert store(session.session_key)["user"] == "bob"
    assert store("\udcff" * 50).get("user") is None


def test_fallback_secret_verifies_old_cookies(settings, alices):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 5
    assert alices()["user"] == "alice"
    settings.SECRET_KEY_FALLBACKS = []
    assert alices().get("user") is None


@pytest.mark.parametrize("length", [16, 128])
def test_the_length_of_the_id_is_a_setting(store, settings, length):
    settings.INKPOOL_SESSION_ID_LENGTH = length
    session = store()
    session.save()
    assert len(signed_cookie.parse(session.session_key).id) == -(-length * 4 // 3)


def test_an_emptied_session_is_removed(alices):
    session = alices()
    before = session.session_key
    del session["user"]
    session.save()
    assert session.session_key is None
    assert not session.exists(before)


def test_session_cleared_without_loading_is_removed(alices):
    session = alices()
    session.clear()
    session.save()
    assert alices().get("user") is None


def test_session_cleared_without_loading_keeps_later_values(alices):
    session = alices()
    session.clear()
    session["basket"] = 1
    session.save()
    assert dict(alices().items()) == {"basket": 1}


def test_flush_ends_it_at_once(alices):
    session = alices()
    before = session.session_key
    session.flush()
    assert session.session_key is None
    assert not session.exists(before)


def test_rotation_keeps_the_values_and_ends_the_old_id(store, alices):
    session = alices()
    before = session.session_key
    session.cycle_key()
    assert not session.exists(before)
    session.save()
    assert session.session_key != before
    assert store(session.session_key)["user"] == "alice"
    assert alices().get("user") is None


def test_end_takes_hashes_and_returns_the_number_ended(store, alices):
    hashes = [alices().id_hash]
    other = store()
    other.save()
    ended = []

    def hear(id_hash, **kwargs):
        ended.append(id_hash)

    session_ended.connect(hear)
    assert store.end([*hashes, "0" * 64, other.id_hash]) == 2
    session_ended.disconnect(hear)
    assert sorted(ended) == sorted([*hashes, other.id_hash])
    assert alices().get("user") is None
    assert store.end(hashes) == 0


def test_async_api_behaves_like_the_sync_one(alices, store):
    async def visit():
        session = alices()
        await session.aset("basket", 1)
        await session.aincrement("count")
        await session.aupdate({"theme": "dark"})
        assert await session.apop("theme") == "dark"
        await session.acycle_key()
        await session.asave()
        key = session.session_key
        assert dict(await store(key).aitems()) == {"user": "alice", "basket": 1, "count": 1}
        await session.aflush()
        assert not await session.aexists(key)

    async_to_sync(visit)()
