"""Reads results from CACHES["default"], and deletes them by new versions.

An entry carries the stamp it was computed under: the versions of its function, which are random
texts, and the generations of its subjects. It counts while the stamp is the current one, so a
call that was running during a delete or a write leaves nothing behind.
"""

import logging
import secrets
from collections.abc import Callable, Collection
from math import inf
from typing import Any, NamedTuple

from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured

from core.caching.caching_hooks import Subjects, hooks

logger = logging.getLogger(__name__)
FOREVER = 30 * 86400  # seconds; what Flask-Caching's timeout=0 means here
VERSION_AGE = 2 * FOREVER  # a version outlives every entry that carries it
outage: dict[str, Exception] = {}  # its first error; setdefault() and pop() are atomic


class Place(NamedTuple):
    """Where a result is stored, and the keys of the versions that make its stamp.

    `version_keys` are created when missing; `call_key` is missing until this call alone is
    deleted. `oldest` is the age in seconds at which an entry counts no more.
    """

    key: str
    version_keys: tuple[str, ...]
    call_key: str = ""
    generations: str = ""
    oldest: float = inf

    def under_generations(self, subjects: Collection[str]) -> "Place | None":
        """Return that of a result which holds until `subjects` are written; None during a write."""
        if (stamp := known_subjects().stamp(subjects)) is None:
            return None
        generations, oldest = stamp
        return self._replace(key=on_this_host(self.key), generations=generations, oldest=oldest)


def on_this_host(key: str) -> str:
    """Return the key of a result with subjects: each host has generations of its own."""
    return f"{key}:{known_subjects().host()}"


def known_subjects() -> Subjects:
    if hooks.subjects is None:
        raise ImproperlyConfigured("subjects= needs hooks.subjects: see core.caching.caching_hooks")
    return hooks.subjects


def ask(function: Callable[..., Any], *args: Any, otherwise: Any = None) -> Any:
    """Call `function` of the cache; return `otherwise` while it fails, which is logged once."""
    try:
        answer = function(*args)
    except Exception as error:  # each backend has errors of its own
        if outage.setdefault("error", error) is error:
            logger.warning("the cache fails (%r); functions run without it", error)
        return otherwise
    if outage.pop("error", None):
        logger.warning("the cache answers again")
    return answer


def read(place: Place, lock: str) -> tuple[str, Any, Any]:
    """Return the current stamp, the entry and the state of the lock, in one round trip."""
    cache = caches["default"]
    names = [name for name in (*place.version_keys, place.call_key, lock, place.key) if name]
    found = cache.get_many(names)
    keys = place.version_keys
    versions = [found.get(key) or cache.get_or_set(key, token, VERSION_AGE) for key in keys]
    stamp = "".join(map(str, [place.generations, *versions, found.get(place.call_key, "")]))
    return stamp, found.get(place.key), found.get(lock)


def delete(*version_keys: str) -> bool:
    """Renew the versions, which makes each entry void that carries one. False while the cache is
    away: nothing is deleted."""
    new = {key: token() for key in version_keys}
    return ask(caches["default"].set_many, new, VERSION_AGE, otherwise=False) is not False


def token() -> str:
    return secrets.token_hex(8)
