"""cache.set and cache.get of Flask-Caching, in the process and on Redis, beside Django's."""

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from tests.parity.book import differs, same

pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "cache"


def index(request):
    cache.set("name", "xxx")
    return HttpResponse("index")


def get(request):
    return HttpResponse(cache.get("name") or "none")


urlpatterns = [path("", index), path("get", get)]


@pytest.fixture(autouse=True)
def own_views(settings, flask):
    flask("use", backend="SimpleCache")
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.sessions.middleware.SessionMiddleware"]


def visit(*paths):
    client = Client()
    return [client.get(each).content.decode() for each in paths]


def test_cache_set_and_get(flask, backend):
    ours, theirs = visit("/", "/get"), flask("visit", paths=["/", "/get"])
    same(f"{backend}: cache.set('name', 'xxx'), get", ours, theirs)


def here(timeout):
    cache.set("kept", 1, timeout=timeout)
    return cache.get("kept") is not None


def test_timeouts(flask, backend):
    same(f"{backend}: a timeout", here(60), flask("kept", timeout=60, wait=0))
    same(f"{backend}: timeout=None", here(None), flask("kept", timeout=None, wait=0))
    why = (
        "`cache` is Django's, where timeout=0 stores nothing. `cached()` and `memoize()` "
        "keep Flask's meaning: no limit."
    )
    seen = here(0), flask("kept", timeout=0, wait=0)
    differs(f"{backend}: cache.set with timeout=0", *seen, why, expected=(False, True))


def test_a_negative_timeout(flask, backend):
    seen = here(-1), flask("kept", timeout=-1, wait=0)
    if backend == "SimpleCache":
        same("SimpleCache: timeout=-1 is over at once", *seen)
        return
    why = (
        "In Django's caches a negative timeout has already expired. Flask's RedisCache "
        "reads -1 as no limit."
    )
    differs("RedisCache: timeout=-1", *seen, why, expected=(False, True))


def left(seconds):
    """As it was set a moment ago; -1 is for ever."""
    return seconds if seconds < 0 else -(-seconds // 10) * 10


@pytest.mark.parametrize("timeout", [60, 0, None])
def test_how_long_redis_keeps_it(flask, redis, timeout):
    """The time to live, as Redis tells it."""
    flask("use", backend="RedisCache")
    cache.clear()
    cache.set("kept", 1, timeout=timeout)
    flask("kept", timeout=timeout, wait=0)
    names = cache.make_key("kept"), "flask_cache_kept"
    ours, theirs = ([left(redis.ttl(key)) for key in redis.keys(each)] for each in names)
    if timeout:
        same("RedisCache: the time to live", ours, theirs)
        return
    why = (
        "In Flask-Caching None means the default of 300 seconds and 0 means no limit. In "
        "Django None means no limit and 0 stores nothing."
    )
    expected = ([-1], [300]) if timeout is None else ([], [-1])
    differs(f"RedisCache: the time to live of {timeout}", ours, theirs, why, expected=expected)


def test_the_default_timeout(flask, redis):
    flask("use", backend="RedisCache")
    cache.clear()
    visit("/"), flask("visit", paths=["/"])
    ours, theirs = (left(redis.ttl(key)) for key in (cache.make_key("name"), "flask_cache_name"))
    same("RedisCache: a value without a timeout lives for 300 s", ours, theirs)


def test_clear_leaves_what_is_not_its_own(flask, redis, backend):
    redis.set("parity_foreign", 1)
    cache.clear()
    kept_here = redis.exists("parity_foreign")
    flask("use", backend=backend)
    same(f"{backend}: clear() leaves other keys", kept_here, redis.exists("parity_foreign"))
    redis.delete("parity_foreign")


def test_its_methods(flask, backend):
    cache.set("a", 1)
    ours = {
        "add, there": cache.add("a", 2),
        "add": cache.add("b", 2),
        "get": [cache.get("a"), cache.get("b"), cache.get("nothing")],
        "delete": cache.delete("a"),
        "delete, not there": cache.delete("a"),
        "is it there": ["a" in cache, "b" in cache],
    }
    same(f"{backend}: what its methods answer", ours, flask("verbs"))


def test_several_keys(flask, backend):
    cache.set_many({"a": 1, "b": 2})
    ours = cache.get_many(["a", "b", "nothing"])
    why = "Django returns a dict of the keys that were found."
    expected = {"a": 1, "b": 2}, [1, 2, None]
    differs(f"{backend}: get_many", ours, flask("many"), why, expected=expected)
