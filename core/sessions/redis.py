"""SESSION_ENGINE on Redis, through django-redis' pool (Flask-Session: SESSION_TYPE = "redis").

A read is one GETEX, which also prolongs the session; while Redis refuses writes it is a GET, so
that signed-in readers can go on reading. Saving, rotating, emptying and ending take one script,
creating one SET NX. Redis holds only the hash of a session's id. If it does not answer within the
socket's time limit, SessionStoreUnavailable is raised: see core.sessions.connection.
"""

from collections.abc import Sequence
from contextlib import suppress

from core.failures.redis_faults import refuses_writes
from core.sessions import session_settings
from core.sessions.backend import ROTATED, ROTATED_FOR, SessionStoreUnavailable
from core.sessions.connection import WrongType, execute
from core.sessions.store import Store

# KEYS: old, new (or the same). ARGV: the prefix of the data expected at old, the data for new
# ("" deletes the session), its ttl.
# The marker of a rotation is a list: no string command reads, prolongs or overwrites it.
REPLACE = f"""
local prefix = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1)
if prefix ~= ARGV[1] then return redis.call('GET', KEYS[1]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3]) end
if KEYS[1] ~= KEYS[2] or ARGV[2] == '' then redis.call('UNLINK', KEYS[1]) end
if KEYS[1] ~= KEYS[2] and ARGV[2] ~= '' then
  redis.pcall('RPUSH', KEYS[1], '{ROTATED.decode()}')
  redis.call('EXPIRE', KEYS[1], {ROTATED_FOR})
end
return 1
"""
# Deletes the sessions at KEYS and returns the positions of those that existed.
REMOVE = """
local removed = {}
for position, key in ipairs(KEYS) do
  local start = redis.pcall('GETRANGE', key, 0, 0)
  if type(start) == 'string' and redis.call('UNLINK', key) == 1 then
    removed[#removed + 1] = position
  end
end
return removed
"""


def key(id_hash: str) -> str:
    return f"{session_settings.key_prefix()}{id_hash}"


class RedisBackend:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        with suppress(WrongType):
            try:
                return execute("GETEX", key(id_hash), *([] if ttl is None else ["EX", ttl]))
            except SessionStoreUnavailable as error:
                if not refuses_writes(error):
                    raise
            return execute("GET", key(id_hash))
        return ROTATED

    def prolong(self, id_hash: str, ttl: int) -> None:
        try:
            execute("EXPIRE", key(id_hash), ttl)
        except SessionStoreUnavailable as error:
            if not refuses_writes(error):
                raise

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        return execute("SET", key(id_hash), data, "EX", ttl, "NX") is not None

    def replace(
        self, old: str, prefix: bytes, new: str, data: bytes | None, ttl: int
    ) -> bytes | bool:
        try:
            answer = execute("EVAL", REPLACE, 2, key(old), key(new), prefix, data or b"", ttl)
        except WrongType:
            return False
        return answer if isinstance(answer, bytes) else answer == 1

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        answers = execute("MGET", *map(key, id_hashes))
        return {each: data for each, data in zip(id_hashes, answers, strict=True) if data}

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        positions = execute("EVAL", REMOVE, len(id_hashes), *map(key, id_hashes))
        return [id_hashes[position - 1] for position in positions]

    def clear_expired(self) -> None:
        """Redis removes expired keys by itself."""


class SessionStore(Store):
    backend = RedisBackend()
