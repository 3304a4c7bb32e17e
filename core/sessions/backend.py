"""The contract between a session store and the backend that keeps its data.

`core.sessions.store` implements sessions on top of one backend: Redis or the database. In both,
an `id_hash` is the SHA-256 of a session's id in hex and a `ttl` is a positive number of whole
seconds. A backend that does not answer raises redis' or the database's error; it never reports
the session as absent.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from redis.exceptions import RedisError

ROTATED = b"moved"  # returned by read() for an id that was replaced less than ROTATED_FOR ago
ROTATED_FOR = 60  # seconds; by then the requests that carry the old cookie have arrived


class SessionStoreUnavailable(RedisError):  # noqa: N818  (an outage, not our error)
    """The session store does not answer. The response is a 503 that leaves the cookie alone."""


class SessionBackend(Protocol):
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        """The session's data, or None; a `ttl` that is given restarts its time to live.

        ROTATED for ROTATED_FOR seconds after replace() has moved the session to another hash;
        the other methods treat such a hash as absent.
        """

    def prolong(self, id_hash: str, ttl: int) -> None:
        """Restart the time to live of the session, if it exists and the store takes writes."""

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        """Store a new session; False if the hash is taken."""

    def replace(
        self, old: str, prefix: bytes, new: str, data: bytes | None, ttl: int
    ) -> bytes | bool:
        """Atomically replace the session at `old` by `data` at `new`; None deletes it.

        True if it was replaced, False if nothing is at `old`. If what is stored there does not
        begin with `prefix`, another request has saved it: nothing is changed, its data returned.
        """

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        """The data of the sessions that exist, by hash, in one query; prolongs none of them."""

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        """Delete sessions in one query; the hashes of those that existed."""

    def clear_expired(self) -> None: ...


counters: list[Callable[[str], object]] = []  # functions of the project


def count(event: str) -> None:
    """Report "loads", "saves", "conflicts" (with another request's save) or "outages"."""
    for counter in counters:
        counter(event)
