"""What a place that keeps sessions has to do; core.sessions.store does the rest.

A hash is the SHA-256 of a session's id in hex, a ttl is in whole seconds and positive. A place
that does not answer raises redis' or the database's error: never "nothing there".
"""

from collections.abc import Sequence
from typing import Protocol

MOVED = b"moved"  # read() where the session has got another id a moment ago
MOVED_FOR = 60  # seconds: what was under way with the old cookie has arrived by then


class Shelf(Protocol):
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        """The data there, if any; with a ttl they live on for so long.

        MOVED for MOVED_FOR seconds after a swap() to another hash; nothing else sees that.
        """

    def prolong(self, id_hash: str, ttl: int) -> None:
        """Let what is there live for so long from now; nothing there is no error."""

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        """Store at a hash that is not taken: whether it was free."""

    def swap(
        self, old: str, before: bytes, new: str, after: bytes | None, ttl: int
    ) -> bytes | bool:
        """If what is at `old` begins with `before`, have `after` at `new` instead: True.

        With `after` None it is removed. False if nothing is at `old`; what is there, if it
        begins otherwise. Atomic.
        """

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        """The data of those that are there, by hash, in one go; they do not live on for it."""

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        """Those of them that were there."""

    def clear_expired(self) -> None: ...
