"""django-redis' cache whose clear() removes its own keys only (Flask-Caching: RedisCache).

Promises: sessions, and other sites on the same Redis, survive `cache.clear()`, where the
stock package sends FLUSHDB. When Redis is away the call raises; nothing is hidden.
"""

import re
from typing import Any

from django.core.cache import caches
from django_redis.cache import RedisCache as StockRedisCache

BATCH = 500  # keys asked for and removed in one round trip


class RedisCache(StockRedisCache):
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
            cache.client.get_client(write=True).ping()
