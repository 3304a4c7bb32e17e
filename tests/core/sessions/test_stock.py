"""The defects of Django's cache sessions that this site's stores avoid."""

import pickle

import pytest
from django.contrib.auth import login
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.cache import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware as StockMiddleware
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory

from tests.factories import make_user

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def in_the_cache(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.SESSION_CACHE_ALIAS = "default"


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

    def look_then_log_out(key):  # between the GET and the SET of save()
        found = look(key)
        monkeypatch.undo()
        alices().flush()
        return found

    monkeypatch.setattr(type(session._cache), "get", lambda self, key: look_then_log_out(key))
    session.save()
    assert alices()["user"] == "alice"


def test_one_of_two_requests_with_different_keys_is_lost(alices):
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


def test_parallel_increments_count_once(alices):
    first, second = alices(), alices()
    for session in (first, second):
        session["visits"] = session.get("visits", 0) + 1
    first.save()
    second.save()
    assert alices()["visits"] == 1


@pytest.fixture
def in_an_outage(alices, monkeypatch):
    """The response to Alice, whose session cannot be read."""

    def refuse(*args):
        raise ConnectionError

    def visit(view):
        request = RequestFactory().get("/")
        request.COOKIES["sessionid"] = alices().session_key
        with monkeypatch.context() as patch:
            patch.setattr(type(cache._connections["default"]), "get", refuse)
            return StockMiddleware(lambda request: HttpResponse(view(request)))(request)

    return visit


def test_outage_deletes_the_cookie(in_an_outage):
    answer = in_an_outage(lambda request: request.session.get("user"))
    assert (answer.status_code, answer.cookies["sessionid"]["max-age"]) == (200, 0)


def test_logout_during_outage_seems_to_succeed(alices, in_an_outage):
    def sign_out(request):
        request.session.get("user")
        request.session.flush()

    answer = in_an_outage(sign_out)
    assert (answer.status_code, answer.cookies["sessionid"]["max-age"]) == (200, 0)
    assert alices()["user"] == "alice"


@pytest.mark.parametrize("damage", [5, ["user", "alice"]], ids=repr)
def test_a_damaged_session_is_an_error(alices, damage):
    cache.set(alices().cache_key, damage)
    with pytest.raises((AttributeError, TypeError)):
        alices().get("user", "nobody")


class Bomb:
    def __reduce__(self):
        return (explode, ())


def explode():
    exploded.append("code ran")


exploded = []


def test_unpickling_a_session_runs_code(redis, settings):
    """django-redis pickles by default, whatever SESSION_SERIALIZER is."""
    location = settings.INKPOOL_SESSION_REDIS_URL
    stock = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": location}
    settings.CACHES = {"default": stock, "sessions": settings.CACHES["sessions"]}
    key = f"{SessionStore.cache_key_prefix}{'k' * 32}"
    redis.set(f":1:{key}", pickle.dumps(Bomb()), ex=60)
    SessionStore("k" * 32).get("user")
    assert exploded.pop() == "code ran"
    redis.delete(f":1:{key}")


def test_the_id_of_a_session_is_readable_in_its_store(alices):
    assert alices().session_key in alices().cache_key


@pytest.mark.django_db
def test_signing_in_again_keeps_the_id(alices):
    request = RequestFactory().post("/")
    request.session = alices()
    bob = make_user("bob_reads")
    login(request, bob, backend=BACKEND)
    before = request.session.session_key
    login(request, bob, backend=BACKEND)
    assert request.session.session_key == before


def test_save_after_logout_is_noticed_only_before_the_read(alices):
    session = alices()
    session["basket"] = 1
    alices().flush()
    with pytest.raises(UpdateError):
        session.save()
