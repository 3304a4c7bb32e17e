"""How long a session lives, on both stores."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from core.sessions import signed_cookie
from tests.core.sessions.browser import NAME, Browser, sign_in
from tests.core.sessions.conftest import PREFIX


@pytest.fixture
def left(request, store):
    """left(session): its time to live in the store, in seconds."""

    def in_redis(session):
        return request.getfixturevalue("redis").ttl(PREFIX + session.id_hash)

    def in_database(session):
        row = Session.objects.get(session_key=session.id_hash[:40])
        return (row.expire_date - timezone.now()).total_seconds()

    return in_redis if store.__module__.endswith("redis") else in_database


@pytest.fixture
def pass_by(request, store):
    """pass_by(session, seconds): shortens its time to live in the store."""

    def in_redis(session, seconds):
        redis, key = request.getfixturevalue("redis"), PREFIX + session.id_hash
        redis.expire(key, redis.ttl(key) - seconds)

    def in_database(session, seconds):
        row = Session.objects.get(session_key=session.id_hash[:40])
        row.expire_date -= timedelta(seconds=seconds)
        row.save()

    return in_redis if store.__module__.endswith("redis") else in_database


def test_idle_session_ends(settings, alices, pass_by):
    pass_by(alices(), settings.SESSION_COOKIE_AGE + 1)
    assert alices().get("user") is None


@pytest.mark.parametrize(("expiry", "share"), [(None, 1), (0, 1), (3600, 3600 / 2_678_400)])
def test_session_in_use_goes_on(settings, alices, store, left, pass_by, expiry, share):
    first = alices()
    first.set_expiry(expiry)
    first.save()
    whole = settings.SESSION_COOKIE_AGE * share
    for _ in range(3):
        session = store(first.session_key)
        pass_by(session, int(whole * 0.8))
        assert session["user"] == "alice"
        assert whole - 5 < left(session) <= whole


def test_reading_does_not_prolong_session_with_end_date(alices, store, left, pass_by):
    first = alices()
    first.set_expiry(timedelta(hours=1))
    first.save()
    session = store(first.session_key)
    pass_by(session, 600)
    assert session["user"] == "alice"
    assert left(session) <= 3000


def test_clearsessions_removes_only_expired_sessions(settings, alices, store, pass_by):
    over = store()
    over["user"] = "bob"
    over.save()
    pass_by(over, settings.SESSION_COOKIE_AGE + 1)
    call_command("clearsessions")
    assert alices()["user"] == "alice"
    if store.__module__.endswith("database"):
        assert Session.objects.count() == 1


def test_absolute_lifetime_ends_session_in_use(settings, clock, alices):
    for _ in range(17):
        clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME // 18)
        assert alices()["user"] == "alice"
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME // 8)
    before = alices().session_key
    assert alices().get("user") is None
    assert not alices().exists(before)


def test_saving_does_not_restart_absolute_lifetime(settings, clock, alices):
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME - 10)
    session = alices()
    session["basket"] = 1
    session.save()
    clock(11)
    assert alices().get("user") is None


def test_signing_in_restarts_absolute_lifetime(store, settings, clock, alices):
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME - 10)
    session = alices()
    session.cycle_key()
    session.restart_lifetime()
    session.save()
    clock(11)
    assert store(session.session_key)["user"] == "alice"


def test_rotation_does_not_restart_absolute_lifetime(store, settings, clock, alices):
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME - 10)
    session = alices()
    session.cycle_key()
    session.save()
    assert store(session.session_key)["user"] == "alice"
    clock(11)
    assert store(session.session_key).get("user") is None


@pytest.mark.parametrize("past", [-1, timedelta(seconds=-1)])
def test_expired_session_is_not_stored(store, alices, past):
    session = store()
    session["user"] = "bob"
    session.set_expiry(past)
    session.save()
    assert not session.exists(session.session_key)
    assert store(session.session_key).get("user") is None
    session = alices()
    session.set_expiry(past)
    session.save()
    assert alices().get("user") is None


@pytest.mark.parametrize(
    ("expiry", "life"), [(None, ""), (0, ""), (60, "60"), (timedelta(hours=1), "until")]
)
def test_key_carries_the_lifetime(store, alices, expiry, life):
    session = alices()
    session.set_expiry(expiry)
    session.save()
    assert signed_cookie.parse(session.session_key).lifetime == life
    assert store(session.session_key)["user"] == "alice"


@pytest.mark.parametrize("longest", [10**15, 10**30, 1e18, timedelta.max])
def test_lifetime_is_cut_to_the_absolute_one(settings, store, clock, longest):
    session = store()
    session["user"] = "alice"
    session.set_expiry(longest)
    session.save()
    assert store(session.session_key)["user"] == "alice"
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME)
    assert store(session.session_key).get("user") is None


def test_huge_expiry_still_makes_a_cookie(settings, store):
    browser = Browser()
    cookie = browser.visit(lambda session: (sign_in(session), session.set_expiry(10**25)))
    assert cookie.cookies[NAME]["max-age"] == settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME


def test_whole_seconds_may_be_a_float(store, alices):
    session = alices()
    session.set_expiry(5400.0)
    session.save()
    assert signed_cookie.parse(session.session_key).lifetime == "5400"
    assert store(session.session_key)["user"] == "alice"


@pytest.mark.parametrize(
    "value", [True, 1.5, float("nan"), "60", datetime(2099, 1, 1), [60]], ids=repr
)
def test_invalid_expiry_is_refused_at_once(alices, value):
    with pytest.raises(TypeError, match="set_expiry"):
        alices().set_expiry(value)
