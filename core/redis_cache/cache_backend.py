"""django-redis' cache with outages bounded and damage ignored (Flask-Caching: RedisCache).

`clear()` removes the cache's own keys only, where the stock package sends FLUSHDB. Values are
packed by serializer.py, so bytes that another program writes to Redis run no code here. `get()`
and `get_many()` take a damaged value, or one of another kind than text, for a missing one. A Redis
that is away raises; see circuit_breaker.py.
"""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache as StockRedisCache
from redis.exceptions import ResponseError

from core.redis_cache.circuit_breaker import Breaker
from core.redis_cache.serializer import Damaged
from core.shared_memory.cache_counters import REDIS
from core.shared_memory.process_counters import Counters

F = TypeVar("F", bound=Callable[..., Any])
BATCH = 500  # keys asked for and removed in one round trip
READY_FOR = 60  # seconds that a probe's key lives
MISSING = object()
# Deletes what is no value of ours, unless it has been replaced meanwhile.
DROP = """
local there = redis.pcall('GET', KEYS[1])
return (type(there) == 'table' or there == ARGV[1]) and redis.call('UNLINK', KEYS[1])
"""


def guarded(method: F) -> F:
    """Guard a method by the breaker; get_or_set() and the like are made of guarded ones."""

    @wraps(method)
    def call(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
        with self.breaker.guard():
            return method(self, *args, **kwargs)

    return call  # type: ignore[return-value]


class RedisCache(StockRedisCache):
    breakers: dict[str, Breaker] = {}  # one for each Redis: Django makes a cache for each thread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server = str(self._server)
        self.breaker = self.breakers.get(self.server) or self.breakers.setdefault(
            self.server, Breaker(self.ping, self.drop_idle, Counters("cache", REDIS))
        )

    set = guarded(StockRedisCache.set)
    set_many = guarded(StockRedisCache.set_many)
    delete = guarded(StockRedisCache.delete)
    delete_many = guarded(StockRedisCache.delete_many)
    has_key = guarded(StockRedisCache.has_key)
    touch = guarded(StockRedisCache.touch)
    ttl = guarded(StockRedisCache.ttl)

    def ping(self) -> None:
        """Ask past the breaker. Raises redis.RedisError for a Redis that is away."""
        self.client.get_client(write=True).ping()

    def write(self) -> None:
        """Write a small key that expires, past the breaker. Raises redis.RedisError."""
        place = self.client.make_key("ready")
        self.client.get_client(write=True).set(place, b"1", ex=READY_FOR)

    def drop_idle(self) -> None:
        redis: Any = self.client.get_client(write=True)
        redis.connection_pool.disconnect(inuse_connections=False)

    def get(  # type: ignore[override]  # without `client`
        self, key: Any, default: Any = None, version: int | None = None
    ) -> Any:
        return self.get_many([key], version).get(key, default)

    @guarded
    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """Return the values that are there and sound, in one round trip."""
        wanted = list(keys)
        if not wanted:
            return {}
        places = [self.make_key(key, version) for key in wanted]
        values = self._decoded(self.client.get_client(write=False).mget(places))
        return {k: value for k, value in zip(wanted, values, strict=True) if value is not MISSING}

    def _decoded(self, values: Iterable[Any]) -> Iterable[Any]:
        for packed in values:
            try:
                yield MISSING if packed is None else self.client.decode(packed)
            except Damaged:
                yield MISSING

    @guarded
    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value where there is none, or a damaged one."""
        if super().add(key, value, timeout, version):
            return True
        return self._drop_damage(key, version) and bool(super().add(key, value, timeout, version))

    def _drop_damage(self, key: Any, version: int | None) -> bool:
        place, redis = self.make_key(key, version), self.client.get_client(write=True)
        found = redis.mget([place])
        if list(self._decoded(found)) != [MISSING]:
            return False
        return bool(redis.eval(DROP, 1, place, found[0] or b""))

    @guarded
    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """Raises ValueError where there is no number."""
        try:
            return super().incr(key, delta, version)
        except (Damaged, TypeError, ResponseError) as error:
            if isinstance(error, ResponseError) and "WRONGTYPE" not in str(error):
                raise
            raise ValueError(f"Key {key!r} holds no number") from None

    def decr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """Raises ValueError where there is no number."""
        return self.incr(key, -delta, version)

    @guarded
    def evaluate(self, script: str, key: str, *arguments: Any) -> Any:
        """Run a Lua script on one key of this cache, and return its answer undecoded."""
        redis: Any = self.client.get_client(write=True)
        return redis.eval(script, 1, self.make_key(key), *arguments)

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
