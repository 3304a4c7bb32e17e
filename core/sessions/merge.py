"""Merges a save with the saves of other requests (Spring Session: SaveMode.ON_SET_ATTRIBUTE).

Only what this request changed is applied, to the data stored by then, in one atomic step of the
backend; increments add up. A session that has ended meanwhile is not brought back: UpdateError.
"""

from typing import Any, NamedTuple

import msgspec
from django.contrib.sessions.backends.base import UpdateError

from core.sessions import payload
from core.sessions.backend import SessionBackend, SessionStoreUnavailable, count

ATTEMPTS = 100  # each one that fails means that another request's save succeeded


class Stored(NamedTuple):
    """A session in the store, as this request last read or wrote it."""

    id_hash: str
    data: bytes
    created: int


class Delta(NamedTuple):
    """The changes of one request to its session."""

    assigned: dict[str, msgspec.Raw]
    deleted: set[str]
    incremented: dict[str, int]

    def apply(self, data: bytes, created: int) -> bytes | None:
        """The data to store; None if these changes empty the session."""
        before = raw_values(data)
        kept = {key: value for key, value in before.items() if key not in self.deleted}
        counters = {
            key: payload.raw_value(key, as_count(before.get(key)) + by)
            for key, by in self.incremented.items()
        }
        after = kept | self.assigned | counters
        return None if empties(after, data) else payload.join(created, after)


def delta_between(data: bytes, values: dict[str, Any], increments: dict[str, int]) -> Delta:
    """The changes from the loaded data to these values; a value changed in place counts too."""
    before, after = raw_values(data), payload.raw_values(values)
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    incremented = {
        key: by
        for key, by in increments.items()
        if key in changed and as_count(changed[key]) == as_count(before.get(key)) + by
    }
    assigned = {key: value for key, value in changed.items() if key not in incremented}
    return Delta(assigned, before.keys() - after.keys(), incremented)


def replace(
    backend: SessionBackend,
    stored: Stored,
    new: Stored,
    values: dict[str, Any],
    increments: dict[str, int],
    ttl: int,
) -> tuple[Stored | None, Delta | None]:
    """Replace `stored` by the values, at the hash and with the date of `new`.

    Returns what is stored in the end, None if that is nothing, and the delta if it was applied
    to another request's data. Raises UpdateError if the session has ended.
    """
    before, delta = stored.data, None
    after = None if empties(values, before) else payload.encode(new.created, values)
    for _ in range(ATTEMPTS):
        data = after if ttl > 0 else None
        prefix = payload.version_prefix(before)
        found = backend.replace(stored.id_hash, prefix, new.id_hash, data, ttl)
        if found is False:
            raise UpdateError
        if found is True:
            return new._replace(data=data) if data else None, delta
        count("conflicts")
        before = bytes(found)
        delta = delta or delta_between(stored.data, values, increments)
        after = delta.apply(before, new.created)
    raise SessionStoreUnavailable("too many saves of one session at once")


def empties(values: dict[str, Any], before: bytes) -> bool:
    """Whether these values remove the last one that was worth storing."""
    return payload.is_blank(values) and not payload.is_blank(raw_values(before))


def merged(values: dict[str, Any], delta: Delta, data: bytes) -> dict[str, Any]:
    """The stored values; those that this request assigned are still the same objects."""
    content = payload.decode(data)
    stored = content.values if content else {}
    return stored | {key: values[key] for key in delta.assigned}


def raw_values(data: bytes) -> dict[str, msgspec.Raw]:
    """Each stored value as its JSON. UpdateError for damaged data: that session has ended."""
    try:
        return payload.decode_raw(data).values
    except ValueError:
        raise UpdateError from None


def as_count(value: msgspec.Raw | None) -> int:
    """A stored counter; a value that is not an integer counts from 0."""
    try:
        return 0 if value is None else msgspec.json.decode(value, type=int)
    except msgspec.ValidationError:
        return 0
