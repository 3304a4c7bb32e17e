"""SESSION_ENGINE on Redis, through django-redis' pool (Flask-Session: SESSION_TYPE = "redis").

Promises: reading is one GETEX, which also prolongs; saving, rotating and emptying are one
script, creating is one SET NX. The id itself is never in Redis, only its hash. A Redis that does
not answer within the socket's time limit raises SessionStoreUnavailable.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from core.sessions.merge import SessionStoreUnavailable
from core.sessions.store import Store

# KEYS: old, new (or the same). ARGV: what has to be at old, what goes to new ("" for nothing), ttl.
SWAP = """
local there = redis.call('GET', KEYS[1])
if there ~= ARGV[1] then return there end
if KEYS[1] ~= KEYS[2] or ARGV[2] == '' then redis.call('UNLINK', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
return 1
"""
SWAP_SHA = hashlib.sha1(SWAP.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def redis() -> Iterator[Any]:
    try:
        yield get_redis_connection("sessions")
    except RedisError as error:
        raise SessionStoreUnavailable(str(error)) from error


def key(id_hash: str) -> str:
    return f"{settings.SESSION_KEY_PREFIX}{id_hash}"


class RedisShelf:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        command = ["GETEX", key(id_hash)] + ([] if ttl is None else ["EX", ttl])
        with redis() as client:
            try:
                return client.execute_command(*command)
            except ResponseError as error:
                if not is_wrong_type(error):
                    raise
                return None

    def prolong(self, id_hash: str, ttl: int) -> None:
        with redis() as client:
            client.expire(key(id_hash), ttl)

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        with redis() as client:
            return bool(client.set(key(id_hash), data, ex=ttl, nx=True))

    def swap(
        self, old: str, before: bytes, new: str, after: bytes | None, ttl: int
    ) -> bytes | bool:
        words = (2, key(old), key(new), before, after or b"", ttl)
        with redis() as client:
            try:
                there = evaluate(client, words)
            except ResponseError as error:
                if not is_wrong_type(error):
                    raise
                return False
        return there if isinstance(there, bytes) else there == 1

    def remove(self, id_hashes: Sequence[str]) -> int:
        with redis() as client:
            return client.unlink(*map(key, id_hashes))

    def clear_expired(self) -> None:
        """Redis does it."""


def evaluate(client: Any, words: Sequence[Any]) -> Any:
    try:
        return client.evalsha(SWAP_SHA, *words)
    except NoScriptError:  # Redis has been started since
        return client.eval(SWAP, *words)


def is_wrong_type(error: ResponseError) -> bool:
    """A key that is no string is a damaged session, and nothing is there."""
    return str(error).startswith("WRONGTYPE")


class SessionStore(Store):
    shelf = RedisShelf()
