"""Each test that uses the fixture `store` runs on both session stores."""

from importlib import import_module

import pytest
from django_redis import get_redis_connection

from core.sessions import connection, signed_cookie

NEEDS_REDIS = "runs in the pass on MariaDB and Redis"
PREFIX = "test-session:"


@pytest.fixture
def redis(settings):
    """The Redis of the sessions; its keys are removed after the test."""
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
    """A clock for the sessions: clock(60) advances it by a minute."""
    start, passed = signed_cookie.now(), [0]
    monkeypatch.setattr(signed_cookie, "now", lambda: start + sum(passed))
    return passed.append


@pytest.fixture
def alices(store):
    """alices(): opens the stored session of Alice in another request."""
    session = store()
    session["user"] = "alice"
    session.save()
    return lambda: store(session.session_key)


@pytest.fixture
def untouchable(store, monkeypatch):
    """After untouchable(), any use of the backend fails the test."""

    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(f"the backend was used: {name}")

    return lambda: monkeypatch.setattr(store, "backend", Untouchable())
