"""A cache that is away, comes back, or holds foreign values; and Django's {% cache %}."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.utils import make_template_fragment_key
from django.template import engines
from django.test import Client

from core.caching import cached, delete_memoized, memoize, result_store
from core.caching.cached_function import CachedFunction
from core.redis_cache.serializer import pack
from core.settings import redis_cache
from deploy.private_servers import redis, short_folder
from tests.core.caching.gates import Counted, on_redis


class Redis:
    """A Redis that can be started and stopped; stopped at first."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.running = folder / "redis.sock", ExitStack()

    def start(self) -> None:
        self.running.enter_context(redis(self.socket))
        cache.breaker.close()  # it would be asked half a second later

    def stop(self) -> None:
        self.running.close()


@pytest.fixture
def own_redis(settings: Any, monkeypatch: Any) -> Iterator[Redis]:
    monkeypatch.setattr(result_store, "outage", {})
    with short_folder() as folder:
        one = Redis(folder)
        settings.CACHES = {"default": redis_cache(f"unix://{one.socket}", "test-cache")}
        with one.running:
            yield one
        cache.breaker.close()


def test_functions_run_and_one_line_is_logged_while_the_cache_is_away(
    own_redis: Redis, counted: Counted, caplog: Any
) -> None:
    ask = memoize()(lambda number: counted())
    assert [ask(7) for _ in range(20)] == list(range(1, 21))
    (line,) = caplog.messages
    assert "the cache fails" in line
    assert delete_memoized(ask) is False


@pytest.mark.urls("tests.core.caching.caching_views")
def test_views_answer_while_the_cache_is_away(own_redis: Redis, calls: list[str]) -> None:
    assert [Client().get("/shared").status_code for _ in range(3)] == [200] * 3
    assert len(calls) == 3


@on_redis
def test_delete_during_an_outage_returns_false_and_can_be_repeated(
    own_redis: Redis, counted: Counted, caplog: Any
) -> None:
    ask = memoize()(lambda: counted())
    own_redis.start()
    assert [ask(), ask()] == [1, 1]
    kept = {key: cache.get(key) for key in (ask.make_cache_key(), ask.caching.version_key)}
    own_redis.stop()
    assert delete_memoized(ask) is False
    own_redis.start()
    for key, value in kept.items():  # it starts with all it had
        cache.set(key, value)
    assert ask() == 1
    assert delete_memoized(ask) is True
    assert [ask(), ask()] == [2, 2]
    assert [message[:16] for message in caplog.messages] == ["the cache fails ", "the cache answer"]


@on_redis
def test_cache_may_go_away_during_a_call(own_redis: Redis) -> None:
    own_redis.start()

    @memoize()
    def ask() -> str:
        own_redis.stop()
        return "computed"

    assert ask() == "computed"


@pytest.mark.parametrize(
    "entry",
    [b"", b"\x00", pack(1), pack([1, 2, 3]), b"\x80\x04cposix\nsystem\n", "text", 7],
    ids=repr,
)
def test_foreign_entry_is_a_miss(entry: Any, counted: Counted) -> None:
    ask = cached(key_prefix="numbers")(lambda: counted())
    ask()
    cache.set(ask.make_cache_key(), entry)
    assert [ask(), ask()] == [2, 2]


@on_redis
def test_damaged_version_is_mended(counted: Counted) -> None:
    ask = memoize()(lambda: counted())
    ask()
    redis: Any = cache.client.get_client(write=True)  # type: ignore[attr-defined]
    redis.set(cache.make_key(ask.caching.version_key), b"\x80\x04cposix\nsystem\n")
    assert [ask(), ask(), ask()] == [2, 2, 2]


@pytest.mark.urls("tests.core.caching.caching_views")
@pytest.mark.parametrize("form", [b"\xc1", pack(None), pack([200, "OK"]), pack([200, 1, 2, 3])])
def test_damaged_page_is_computed_again(form: bytes, calls: list[str], monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(CachedFunction, "packed", lambda *args: (form, 60))
        Client().get("/shared")
    assert Client().get("/shared").status_code == 200
    assert Client().get("/shared")["Cache-Status"] == "Inkpool; hit; detail=cached"
    assert len(calls) == 2


def fragment(name: str, rendered: list[str]) -> str:
    template = engines["django"].from_string(
        "{% load cache %}{% cache 60 sidebar name %}<b>{{ render }}</b>{% endcache %}"
    )
    return template.render(
        {"name": name, "render": lambda: rendered.append(name) or f"{name} & co"}
    )


def test_a_fragment_of_a_template_is_kept_and_can_be_deleted() -> None:
    rendered: list[str] = []
    assert fragment("alice", rendered) == fragment("alice", rendered) == "<b>alice &amp; co</b>"
    assert fragment("bob", rendered) == "<b>bob &amp; co</b>"
    assert rendered == ["alice", "bob"]
    cache.delete(make_template_fragment_key("sidebar", ["alice"]))
    fragment("alice", rendered)
    fragment("bob", rendered)
    assert rendered == ["alice", "bob", "alice"]


def test_set_and_get_of_the_notes() -> None:
    cache.set("name", "xxx", timeout=30)
    assert cache.get("name") == "xxx"
    assert cache.get("missing") is None
    cache.set("name", "yyy", timeout=0)  # Django: 0 expires at once
    assert cache.get("name") is None
    cache.set("name", "zzz", timeout=None)  # None never expires
    assert cache.get("name") == "zzz"
    assert cache.default_timeout == 300


def test_methods_that_the_guide_compares_with_flask_caching() -> None:
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "none"]) == {"a": 1, "b": 2}
    assert ("a" in cache, "none" in cache) == (True, False)
    assert (cache.add("a", 3), cache.add("c", 3), cache.get("a")) == (False, True, 1)
    assert (cache.incr("a"), cache.incr("a", 5), cache.decr("a")) == (2, 7, 6)
    with pytest.raises(ValueError, match="none"):
        cache.incr("none")
    assert cache.get_or_set("d", lambda: 4, 60) == 4
    assert cache.touch("d", 60)
    assert (cache.delete("d"), cache.delete("d")) == (True, False)
    cache.delete_many(["a", "b"])
    assert cache.get_many(["a", "b", "c"]) == {"c": 3}
    cache.clear()
    assert cache.get("c") is None


def test_async_methods_set_and_get() -> None:
    async def set_and_get() -> int:
        await cache.aset("a", 1, 60)
        return await cache.aget("a")

    assert asyncio.run(set_and_get()) == 1


@on_redis
def test_clear_leaves_foreign_keys() -> None:
    redis: Any = cache.client.get_client(write=True)  # type: ignore[attr-defined]
    redis.set("foreign", 1, ex=60)
    cache.clear()
    assert redis.delete("foreign") == 1
