"""Asks CACHES["default"] for results, and deletes them by new marks.

An entry carries the stamp it was computed under: the marks of its function, which are random
texts, and the generations of its subjects. It counts while the stamp is the current one, so a
call that was running during a delete or a write leaves nothing behind. A cache that is away costs
one line in the log; what was to be deleted meanwhile is deleted before anything is read again.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from math import inf
from threading import Lock
from typing import Any, NamedTuple

from django.core.cache import caches
from redis.exceptions import RedisError, ResponseError

from core.failures.redis_faults import is_outage
from core.invalidation import broadcast
from core.invalidation.checked_memory import ALONE
from core.invalidation.generations import generations
from core.redis_cache.cache_backend import RedisCache
from core.redis_cache.serializer import Damaged, unpack
from core.workers.per_process import per_process

logger = logging.getLogger(__name__)
FOREVER = 30 * 86400  # seconds; what Flask-Caching's timeout=0 means here
MARK_AGE = 2 * FOREVER  # a mark outlives every entry that carries it


class Place(NamedTuple):
    """Where a result is stored. `marks` are created when missing, `own` is missing until this call
    alone is deleted. `oldest` is the age in seconds at which an entry counts no more."""

    key: str
    marks: tuple[str, ...]
    own: str = ""
    generations: str = ""
    oldest: float = inf

    def under_generations(self, subjects: Collection[str]) -> "Place | None":
        """That of a result which holds until `subjects` are written; None while a write is pending.

        Pending writes are asked for first: what is committed by then has its new generation. Each
        host has generations of its own, and so its own entries.
        """
        if generations().is_being_written():
            return None
        now = generations().link, *generations().read(generations().mask(subjects))
        oldest = inf if broadcast.is_up() else ALONE  # other hosts' writes are not heard of
        return self._replace(key=local(self.key), generations=f"{now}", oldest=oldest)


def local(key: str) -> str:
    return f"{key}:{generations().host:x}"


class Outage:
    error: dict[str, Exception] = {}  # the first one; setdefault() and pop() are atomic
    owed: set[str] = set()  # marks to be renewed when the cache is back
    lock = per_process(Lock)


def ask(function: Callable[..., Any], *args: Any, otherwise: Any = None) -> Any:
    """Returns `otherwise` while the cache is away."""
    try:
        answer = function(*args)
    except (RedisError, OSError) as error:
        if Outage.error.setdefault("first", error) is error:
            refused = isinstance(error, ResponseError) and not is_outage(error)
            state = "refuses a command" if refused else "is away"
            logger.warning("the cache %s (%s); functions run without it", state, error)
        return otherwise
    if Outage.error.pop("first", None):
        logger.warning("the cache answers again")
    return answer


def is_shared() -> bool:
    """Whether the cache is asked through a network, which would block an event loop."""
    return isinstance(caches["default"], RedisCache)


def read(place: Place, lock: str) -> tuple[str, Any, Any]:
    """The current stamp, the entry and the state of the lock, in one round trip."""
    if Outage.owed:
        renew_owed()
    values = stored([name for name in (*place.marks, place.own, lock, place.key) if name])
    marks = [str(values.get(mark) or created(mark)) for mark in place.marks]
    stamp = place.generations + "".join([*marks, str(values.get(place.own, ""))])
    return stamp, values.get(place.key), values.get(lock)


def stored(names: list[str]) -> dict[str, Any]:
    """What get_many() returns, without django-redis' part of it, a fifth of the time."""
    cache: Any = caches["default"]
    if not is_shared():
        return cache.get_many(names)
    with cache.breaker.guard():
        values = cache.client.get_client().mget(map(cache.make_key, names))
    pairs = zip(names, values, strict=True)
    return {name: sound(value) for name, value in pairs if value is not None}


def sound(value: bytes) -> Any:
    try:
        return unpack(value)
    except Damaged:
        return None


def created(mark: str) -> str:
    """Of two processes that create a mark, both use the first one's."""
    cache = caches["default"]
    if not cache.add(mark, token(), MARK_AGE) and not cache.get(mark):  # damaged
        cache.set(mark, token(), MARK_AGE)
    return str(cache.get(mark) or token())


def delete(marks: Iterable[str]) -> bool:
    """Makes every entry void that carries one of `marks`; False: once the cache is back."""
    if ask(renew, marks, otherwise=False):
        return True
    with Outage.lock():
        Outage.owed.update(marks)
    return False


def renew(marks: Iterable[str]) -> bool:
    for mark in marks:
        caches["default"].set(mark, token(), MARK_AGE)
    return True


def renew_owed() -> None:
    """Other readers wait until it is done. Raises RedisError when the cache is away again."""
    with Outage.lock():
        if Outage.owed:
            renew(Outage.owed)
            Outage.owed.clear()


def token() -> str:
    return secrets.token_hex(8)
