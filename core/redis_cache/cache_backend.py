"""django-redis' cache, made harmless (Flask-Caching: RedisCache).

Promises: `cache.clear()` removes its own keys only, where the stock package sends FLUSHDB.
What stands in Redis is packed by serializer.py, so nobody who can write there runs code here;
a damaged value, or one of another kind than text, is a missing one. A Redis that is away raises;
after one failure the next calls raise at once, until a thread in the background finds that it
answers again. Each failure is counted by its kind (core.failures.redis_faults).
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Thread, current_thread
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache as StockRedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.failures.redis_faults import fault
from core.redis_cache.serializer import Damaged
from core.shared_memory.cache_counters import REDIS
from core.shared_memory.process_counters import Counters
from core.workers.per_process import PerProcess, per_process

BATCH = 500  # keys asked for and removed in one round trip
REST = 0.5  # seconds between two questions whether a Redis is back
AWAY = (RedisConnectionError, RedisTimeoutError)
READY_FOR = 60  # seconds that a probe's key lives


class CacheAway(RedisConnectionError):  # noqa: N818
    """Redis did not answer a moment ago, and is not asked for a while."""


class Breaker:
    """Opens at the first failure. While it is open no caller waits for Redis: a thread calls
    `ping`, which raises as Redis does, until it is answered. `drop` closes idle connections: after
    a switch-over they lead to a server that is now a replica, and new ones to the primary."""

    def __init__(
        self, label: str, ping: Callable[[], object], drop: Callable[[], object] = lambda: None
    ) -> None:
        self.ping, self.drop, self.numbers = ping, drop, Counters(label, REDIS)
        self._mender: PerProcess[dict[str, Thread]] = per_process(dict)  # one, while it is open

    @property
    def is_open(self) -> bool:
        return bool(self._mender())

    @contextmanager
    def guard(self) -> Iterator[None]:
        if self.is_open:
            raise CacheAway("Redis did not answer; it is asked again in the background")
        try:
            yield
        except RedisError as error:
            self.failed(error)
            raise

    def failed(self, error: RedisError) -> None:
        """Count it; open the breaker if Redis did not answer."""
        found = fault(error)
        if found:
            self.numbers.add(found)
        if found == "readonly":
            self.drop()
        if isinstance(error, AWAY):
            self.open()

    def open(self) -> None:
        self.numbers.add("away")
        mender = Thread(target=self._mend, name="breaker", daemon=True)
        if self._mender().setdefault("thread", mender) is not mender:
            return  # another call has failed too
        self.numbers.set(is_open=True)
        try:
            mender.start()
        except RuntimeError:  # no thread can be had: each call asks for itself
            self.close()

    def close(self) -> None:
        self._mender().clear()
        self.numbers.set(is_open=False)

    def _mend(self) -> None:
        while True:
            time.sleep(REST)
            if self._mender().get("thread") is not current_thread():
                return
            if self._answers():
                self.close()

    def _answers(self) -> bool:
        try:
            self.ping()
        except Exception as error:  # any other: whoever asks next will hear what is wrong
            return not isinstance(error, AWAY)
        return True


# Deletes what is no value of ours, unless somebody has replaced it meanwhile.
DROP = """
local there = redis.pcall('GET', KEYS[1])
return (type(there) == 'table' or there == ARGV[1]) and redis.call('UNLINK', KEYS[1])
"""
MISSING = object()


def is_damage(error: Exception) -> bool:
    """Whether bytes are not ours, or stand in a list where a text should be."""
    return isinstance(error, Damaged) or "WRONGTYPE" in str(error)


def guarded(method: Any) -> Any:
    """Marks a method that asks Redis; get_or_set, decr and the like are made of such ones."""

    @wraps(method)
    def call(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
        with self.breaker.guard():
            return method(self, *args, **kwargs)

    return call


class RedisCache(StockRedisCache):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server = str(self._server)
        self.breaker = self.breakers.get(self.server) or self.breakers.setdefault(
            self.server, Breaker("cache", self.ping, self.drop_idle)
        )

    breakers: dict[str, Breaker] = {}  # one for each Redis: Django makes a cache for each thread

    set = guarded(StockRedisCache.set)
    set_many = guarded(StockRedisCache.set_many)
    delete = guarded(StockRedisCache.delete)
    delete_many = guarded(StockRedisCache.delete_many)
    delete_pattern = guarded(StockRedisCache.delete_pattern)
    expire = guarded(StockRedisCache.expire)

    def ping(self) -> None:
        """Raises redis.RedisError for a Redis that is away; asks past the breaker."""
        self.client.get_client(write=True).ping()

    def write(self) -> None:
        """Write a small key that expires; raises redis.RedisError. Asks past the breaker."""
        place = self.client.make_key("ready")
        self.client.get_client(write=True).set(place, b"1", ex=READY_FOR)

    def drop_idle(self) -> None:
        redis: Any = self.client.get_client(write=True)
        redis.connection_pool.disconnect(inuse_connections=False)

    @guarded
    def get(self, key: Any, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        return self._value(key, default, *args, **kwargs)

    def _value(self, key: Any, default: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get(key, default, *args, **kwargs)
        except Exception as error:
            if is_damage(error):
                return default
            raise

    @guarded
    def get_many(self, keys: Any, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """One damaged value makes each of the others be asked for by itself."""
        wanted = list(keys)
        try:
            return dict(super().get_many(wanted, *args, **kwargs))
        except Damaged:
            return {key: value for key in wanted for value in self._sound(key, *args, **kwargs)}

    def _sound(self, key: Any, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            return list(super().get_many([key], *args, **kwargs).values())
        except Damaged:
            return []

    @guarded
    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **more: Any
    ) -> bool:
        """A damaged value makes room."""
        kept = super().add(key, value, timeout, version, **more)
        if not kept and self._drop_damage(key, version):
            kept = super().add(key, value, timeout, version, **more)
        return bool(kept)

    def _drop_damage(self, key: Any, version: Any) -> bool:
        place, redis = self.client.make_key(key, version), self.client.get_client(write=True)
        packed: Any = b""
        try:
            packed = redis.get(place)
            if packed is not None:
                self.client.decode(packed)
        except Exception as error:
            if is_damage(error):
                return bool(redis.eval(DROP, 1, place, packed))
            raise
        return False

    @guarded
    def incr(self, key: Any, delta: int = 1, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError where there is no number."""
        try:
            return super().incr(key, delta, *args, **kwargs)
        except (Damaged, TypeError, ResponseError) as error:
            if isinstance(error, ResponseError) and not is_damage(error):
                raise
            raise ValueError(f"Key {key!r} holds no number") from None

    def decr(self, key: Any, delta: int = 1, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError where there is no number."""
        return self.incr(key, -delta, *args, **kwargs)

    @guarded
    def has_key(self, key: Any, version: Any = None, **more: Any) -> bool:
        return self._value(key, MISSING, version, **more) is not MISSING

    @guarded
    def touch(
        self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **more: Any
    ) -> bool:
        there = self._value(key, MISSING, version, **more) is not MISSING
        return there and bool(super().touch(key, timeout, version, **more))

    @guarded
    def ttl(self, key: Any, version: Any = None, **more: Any) -> Any:
        """Seconds; 0 for what is missing, None for what never expires."""
        there = self._value(key, MISSING, version, **more) is not MISSING
        return super().ttl(key, version, **more) if there else 0

    @guarded
    def clear(self) -> None:
        """Delete every key of this cache's prefix, of all versions."""
        redis: Any = self.client.get_client(write=True)
        prefix = re.sub(r"([*?\[\]\\])", r"\\\1", self.key_prefix)
        cursor = None
        while cursor != 0:
            cursor, keys = redis.scan(cursor or 0, match=f"{prefix}:*", count=BATCH)
            if keys:
                redis.unlink(*keys)


def ping_all() -> None:
    """Ask each Redis of CACHES for an answer; raises redis.RedisError for one that is away."""
    for cache in caches.all(initialized_only=False):
        if isinstance(cache, RedisCache):
            cache.ping()
