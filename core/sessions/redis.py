"""SESSION_ENGINE on Redis, through django-redis' pool (Flask-Session: SESSION_TYPE = "redis").

Promises: reading is one GETEX, which also prolongs; while Redis refuses writes it is a GET, so
people who are signed in go on reading. Saving, rotating, emptying and ending are one script,
creating is one SET NX. The id itself is never in Redis, only its hash. A Redis that does not answer
within the socket's time limit raises SessionStoreUnavailable: see core.sessions.connection.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from django.conf import settings
from redis.exceptions import NoScriptError

from core.failures.redis_faults import refuses_writes
from core.sessions.backend import MOVED, MOVED_FOR
from core.sessions.connection import WrongType, ask
from core.sessions.merge import SessionStoreUnavailable
from core.sessions.store import Store

# KEYS: old, new (or the same).
# ARGV: what has to begin what is at old, what goes to new ("" for nothing), ttl.
# The mark of a rotation is a list: no command for strings reads, prolongs or replaces it.
SWAP = f"""
local there = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1)
if there ~= ARGV[1] then return redis.call('GET', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
if KEYS[1] ~= KEYS[2] or ARGV[2] == '' then redis.call('UNLINK', KEYS[1]) end
if KEYS[1] ~= KEYS[2] and ARGV[2] ~= '' then
  redis.pcall('RPUSH', KEYS[1], '{MOVED.decode()}')
  redis.call('EXPIRE', KEYS[1], {MOVED_FOR})
end
return 1
"""
# Which of KEYS held a session: their numbers.
END = """
local ended = {}
for number, key in ipairs(KEYS) do
  local there = redis.pcall('GETRANGE', key, 0, 0)
  if type(there) == 'string' and redis.call('UNLINK', key) == 1 then
    ended[#ended + 1] = number
  end
end
return ended
"""


def key(id_hash: str) -> str:
    return f"{settings.INKPOOL_SESSION_KEY_PREFIX}{id_hash}"


def run(script: str, *words: Any) -> Any:
    try:
        return ask("EVALSHA", sha(script), *words)
    except NoScriptError:  # Redis has been started since
        return ask("EVAL", script, *words)


@cache
def sha(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


class RedisShelf:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        with suppress(WrongType):
            try:
                return ask("GETEX", key(id_hash), *([] if ttl is None else ["EX", ttl]))
            except SessionStoreUnavailable as error:
                if not refuses_writes(error):
                    raise
            return ask("GET", key(id_hash))
        return MOVED

    def prolong(self, id_hash: str, ttl: int) -> None:
        """What cannot be prolonged now is by a later read."""
        try:
            ask("EXPIRE", key(id_hash), ttl)
        except SessionStoreUnavailable as error:
            if not refuses_writes(error):
                raise

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        return ask("SET", key(id_hash), data, "EX", ttl, "NX") is not None

    def swap(
        self, old: str, before: bytes, new: str, after: bytes | None, ttl: int
    ) -> bytes | bool:
        try:
            there = run(SWAP, 2, key(old), key(new), before, after or b"", ttl)
        except WrongType:
            return False
        return there if isinstance(there, bytes) else there == 1

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        answers = ask("MGET", *map(key, id_hashes))
        return {each: data for each, data in zip(id_hashes, answers, strict=True) if data}

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        numbers = run(END, len(id_hashes), *map(key, id_hashes))
        return [id_hashes[number - 1] for number in numbers]

    def clear_expired(self) -> None:
        """Redis does it."""


class SessionStore(Store):
    shelf = RedisShelf()
