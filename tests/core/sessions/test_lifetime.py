"""How long a session lives, on both stores."""

from datetime import timedelta

import pytest

from core.sessions import ticket


def test_the_absolute_one_ends_a_session_in_use(settings, clock, alices):
    for _ in range(17):
        clock(settings.SESSION_ABSOLUTE_LIFETIME // 18)
        assert alices()["user"] == "alice"
    clock(settings.SESSION_ABSOLUTE_LIFETIME // 8)
    before = alices().session_key
    assert alices().get("user") is None
    assert not alices().exists(before)


def test_saving_does_not_make_it_younger(settings, clock, alices):
    clock(settings.SESSION_ABSOLUTE_LIFETIME - 10)
    session = alices()
    session["basket"] = 1
    session.save()
    clock(11)
    assert alices().get("user") is None


def test_signing_in_makes_it_new(store, settings, clock, alices):
    clock(settings.SESSION_ABSOLUTE_LIFETIME - 10)
    session = alices()
    session.cycle_key()
    session.save()
    clock(11)
    assert store(session.session_key)["user"] == "alice"


@pytest.mark.parametrize("past", [-1, timedelta(seconds=-1)])
def test_one_that_is_over_is_not_stored(store, alices, past):
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
def test_the_key_says_how_long_it_lives(store, alices, expiry, life):
    session = alices()
    session.set_expiry(expiry)
    session.save()
    assert ticket.read(session.session_key).life == life
    assert store(session.session_key)["user"] == "alice"


def test_a_life_beyond_all_bounds_ends_with_the_absolute_one(settings, store, clock):
    session = store()
    session["user"] = "alice"
    session.set_expiry(10**15)
    session.save()
    assert store(session.session_key)["user"] == "alice"
    clock(settings.SESSION_ABSOLUTE_LIFETIME)
    assert store(session.session_key).get("user") is None
