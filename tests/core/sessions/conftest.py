"""One contract, two stores: each test that asks for `store` runs on both."""

from importlib import import_module

import pytest
from django_redis import get_redis_connection

from core.sessions import connection, signed_cookie

NEEDS_REDIS = "runs in the pass on MariaDB and Redis"
PREFIX = "test-session:"


@pytest.fixture
def redis(settings):
    """The sessions' Redis; what the test leaves there is removed."""
    if settings.INKPOOL_SESSION_REDIS_URL is None:
        pytest.skip(NEEDS_REDIS)
    settings.INKPOOL_SESSION_KEY_PREFIX = PREFIX
    client = get_redis_connection("sessions")
    yield client
    for key in client.scan_iter(f"{PREFIX}*"):
        client.delete(key)


@pytest.fixture(autouse=True)
def no_outage_yet():
    connection.breaker.close()
    yield
    connection.breaker.close()


@pytest.fixture(params=["database", "redis"])
def store(request, settings, db):
    if request.param == "redis":
        request.getfixturevalue("redis")
    settings.SESSION_ENGINE = f"core.sessions.{request.param}"
    return import_module(settings.SESSION_ENGINE).SessionStore


@pytest.fixture
def clock(monkeypatch):
    """Time as the tests want it: clock(60) lets a minute pass."""
    start, passed = signed_cookie.now(), [0]
    monkeypatch.setattr(signed_cookie, "now", lambda: start + sum(passed))
    return passed.append


@pytest.fixture
def alices(store):
    """A stored session of Alice's, and how another request of hers opens it."""
    session = store()
    session["user"] = "alice"
    session.save()
    return lambda: store(session.session_key)


@pytest.fixture
def untouchable(store, monkeypatch):
    """Any use of the store fails the test."""

    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(f"the store was asked to {name}")

    return lambda: monkeypatch.setattr(store, "backend", Untouchable())
