"""SESSION_ENGINE on Redis, through django-redis' pool (Flask-Session: SESSION_TYPE = "redis").

Promises: reading is one GETEX, which also prolongs; saving, rotating and emptying are one
script, creating is one SET NX. The id itself is never in Redis, only its hash. A Redis that does
not answer within the socket's time limit raises SessionStoreUnavailable: see core.sessions.wire.
"""

import hashlib
from collections.abc import Sequence

from django.conf import settings
from redis.exceptions import NoScriptError

from core.sessions.store import Store
from core.sessions.wire import ask

# KEYS: old, new (or the same).
# ARGV: what has to begin what is at old, what goes to new ("" for nothing), ttl.
SWAP = """
local there = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1)
if there ~= ARGV[1] then return redis.call('GET', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
if KEYS[1] ~= KEYS[2] or ARGV[2] == '' then redis.call('UNLINK', KEYS[1]) end
return 1
"""
SWAP_SHA = hashlib.sha1(SWAP.encode(), usedforsecurity=False).hexdigest()


def key(id_hash: str) -> str:
    return f"{settings.SESSION_KEY_PREFIX}{id_hash}"


class RedisShelf:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        return ask("GETEX", key(id_hash), *([] if ttl is None else ["EX", ttl]))

    def prolong(self, id_hash: str, ttl: int) -> None:
        ask("EXPIRE", key(id_hash), ttl)

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        return ask("SET", key(id_hash), data, "EX", ttl, "NX") is not None

    def swap(
        self, old: str, before: bytes, new: str, after: bytes | None, ttl: int
    ) -> bytes | bool:
        words = (2, key(old), key(new), before, after or b"", ttl)
        try:
            there = ask("EVALSHA", SWAP_SHA, *words)
        except NoScriptError:  # Redis has been started since
            there = ask("EVAL", SWAP, *words)
        return there if isinstance(there, bytes) else there == 1

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        answers = ask("MGET", *map(key, id_hashes))
        return {each: data for each, data in zip(id_hashes, answers, strict=True) if data}

    def remove(self, id_hashes: Sequence[str]) -> int:
        return ask("UNLINK", *map(key, id_hashes))

    def clear_expired(self) -> None:
        """Redis does it."""


class SessionStore(Store):
    shelf = RedisShelf()
