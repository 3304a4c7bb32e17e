"""Asks each Redis of the site to carry out a small write.

    redis_errors()          {"cache": None, "sessions": OutOfMemoryError(…)}

A Redis that is full, a replica or cut off from its disk answers PING and refuses writes.
"""

from collections.abc import Iterator

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from core.failures.redis_faults import OTHER, fault
from core.redis_cache.cache_backend import RedisCache
from core.shared_memory.cache_counters import REDIS
from core.shared_memory.process_counters import Counters

ATTEMPTS = 3
USES = {"default": "cache", "sessions": "sessions"}  # by alias of CACHES
numbers = {use: Counters(use, REDIS) for use in USES.values()}


def redis_errors() -> dict[str, RedisError | None]:
    """Return by use what the write raised, or None. A server with two uses is asked once."""
    errors: dict[str, RedisError | None] = {}
    by_server: dict[object, RedisError | None] = {}
    for use, cache in redis_caches():
        server = cache.server
        if server not in by_server:
            by_server[server] = error_of(cache)
        errors[use] = by_server[server]
        if error := errors[use]:
            numbers[use].add(kind(error))
    return errors


def redis_caches() -> Iterator[tuple[str, RedisCache]]:
    for alias, use in USES.items():
        cache = caches[alias] if alias in settings.CACHES else None
        if isinstance(cache, RedisCache):
            yield use, cache


def error_of(cache: RedisCache) -> RedisError | None:
    """Return what a write raises. A Redis with too many clients says so and hangs up, which may be
    noticed as a broken pipe first: therefore it is asked again."""
    found: RedisError | None = None
    for _ in range(ATTEMPTS):
        try:
            cache.write()
        except RedisError as error:
            found = error
        else:
            return None
        if kind(found) != "unreachable":
            break
    return found


def kind(error: RedisError) -> str:
    """Return one of redis_faults.FAULTS: the write itself is right, so a refusal is a fault."""
    return fault(error) or OTHER
