"""How a save meets the saves of other requests (Spring Session: SaveMode.ON_SET_ATTRIBUTE).

Promises: only what this request changed is applied, to what is stored by then, in one atomic
step of the store; counters add up. A session that ended is not brought back: UpdateError.
"""

from typing import Any, NamedTuple

import msgspec
from django.contrib.sessions.backends.base import UpdateError
from redis.exceptions import RedisError

from core.sessions import payload
from core.sessions.backend import Shelf
from core.sessions.session_counters import count

ATTEMPTS = 100  # each one lost means that another request's save got through


class SessionStoreUnavailable(RedisError):  # noqa: N818  (an outage, not our error)
    """The store does not answer: a 503, whose visitor stays signed in."""


class Stored(NamedTuple):
    """Where a session is in the store, and what this request knows to be there."""

    id_hash: str
    data: bytes
    created: int


class Delta(NamedTuple):
    """What a request did to its session: values set, keys deleted, counters moved."""

    changed: dict[str, msgspec.Raw]
    deleted: set[str]
    counted: dict[str, int]

    def apply(self, data: bytes, created: int) -> bytes | None:
        """What is to be stored; None if this has emptied the session."""
        before = read(data)
        kept = {key: value for key, value in before.items() if key not in self.deleted}
        counts = {
            key: payload.part(key, as_count(before.get(key)) + by)
            for key, by in self.counted.items()
        }
        after = kept | self.changed | counts
        return None if empties(after, data) else payload.join(created, after)


def difference(data: bytes, values: dict[str, Any], counted: dict[str, int]) -> Delta:
    """From what was loaded to what is there now; a value changed in place counts as well."""
    before, after = read(data), payload.parts(values)
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    moved = {
        key: by
        for key, by in counted.items()
        if key in changed and as_count(changed[key]) == as_count(before.get(key)) + by
    }
    assigned = {key: value for key, value in changed.items() if key not in moved}
    return Delta(assigned, before.keys() - after.keys(), moved)


def write(
    shelf: Shelf,
    stored: Stored,
    to: Stored,
    values: dict[str, Any],
    counted: dict[str, int],
    ttl: int,
) -> tuple[Stored | None, Delta | None]:
    """Store the values, and move to the hash of `to`.

    If others have stored something meanwhile, only the delta is applied, which is told then.
    What is stored in the end: None if nothing is left.
    """
    before, delta = stored.data, None
    after = None if empties(values, before) else payload.encode(to.created, values)
    for _ in range(ATTEMPTS):
        content = after if ttl > 0 else None
        there = shelf.swap(stored.id_hash, payload.stamp(before), to.id_hash, content, ttl)
        if there is False:
            raise UpdateError
        if there is True:
            return to._replace(data=content) if content else None, delta
        count("conflicts")
        before = bytes(there)
        delta = delta or difference(stored.data, values, counted)
        after = delta.apply(before, to.created)
    raise SessionStoreUnavailable("too many saves of one session at once")


def empties(values: dict[str, Any], before: bytes) -> bool:
    """Whether these values take away the last that was worth keeping."""
    return payload.is_hollow(values) and not payload.is_hollow(read(before))


def refreshed(values: dict[str, Any], delta: Delta, data: bytes) -> dict[str, Any]:
    """The values with what others have stored; what this request set stays the same object."""
    content = payload.decode(data)
    there = content.values if content else {}
    return there | {key: values[key] for key in delta.changed}


def read(data: bytes) -> dict[str, msgspec.Raw]:
    """Each value as its JSON. A session that was damaged meanwhile has ended: UpdateError."""
    try:
        return payload.read_parts(data).values
    except ValueError:
        raise UpdateError from None


def as_count(value: msgspec.Raw | None) -> int:
    """A stored counter; what is no number counts from 0."""
    try:
        return 0 if value is None else msgspec.json.decode(value, type=int)
    except msgspec.ValidationError:
        return 0
