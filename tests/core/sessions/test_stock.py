"""What our stores close is open in Django's own cache store: the reason for them."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.cache import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware as StockMiddleware
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory


@pytest.fixture(autouse=True)
def in_the_cache(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


@pytest.fixture
def alices():
    session = SessionStore()
    session["user"] = "alice"
    session.save()
    return lambda: SessionStore(session.session_key)


def test_a_late_save_revives_a_session_that_was_logged_out(alices, monkeypatch):
    session = alices()
    session["basket"] = 1
    look = session._cache.get

    def look_then_log_out(key):  # save() looks whether it is there, then stores
        found = look(key)
        monkeypatch.undo()
        alices().flush()
        return found

    monkeypatch.setattr(type(session._cache), "get", lambda self, key: look_then_log_out(key))
    session.save()
    assert alices()["user"] == "alice"


def test_of_two_requests_with_different_keys_one_loses(alices):
    first, second = alices(), alices()
    first["basket"], second["theme"] = 1, "dark"
    first.save()
    second.save()
    assert "basket" not in alices()


def test_a_rotation_loses_what_another_request_has_set(alices):
    first, second = alices(), alices()
    assert first["user"] == "alice"
    second["basket"] = 1
    second.save()
    first.cycle_key()
    first.save()
    assert "basket" not in SessionStore(first.session_key)


def test_two_visits_count_as_one(alices):
    first, second = alices(), alices()
    for session in (first, second):
        session["visits"] = session.get("visits", 0) + 1
    first.save()
    second.save()
    assert alices()["visits"] == 1


def test_an_outage_takes_the_cookie(alices, monkeypatch):
    def refuse(*args):
        raise ConnectionError

    session = alices()
    monkeypatch.setattr(type(cache._connections["default"]), "get", refuse)
    request = RequestFactory().get("/")
    request.COOKIES["sessionid"] = session.session_key
    middleware = StockMiddleware(lambda request: HttpResponse(request.session.get("user")))
    answer = middleware(request)
    assert (answer.status_code, answer.cookies["sessionid"]["max-age"]) == (200, 0)


def test_a_damaged_session_is_an_error(alices):
    session = alices()
    cache.set(session.cache_key, 5)
    with pytest.raises(AttributeError):
        alices().get("user")


def test_signing_out_by_another_request_is_noticed_only_before_the_look(alices):
    session = alices()
    session["basket"] = 1
    alices().flush()
    with pytest.raises(UpdateError):
        session.save()
