"""Where values of cached calls stand, and how they are dropped (Flask-Caching's memver).

A value carries the marks that were read before it was computed, and holds only while they
stand; to delete is to give a new mark. So a call that was running meanwhile stores in vain.

Promises: nothing is kept without an expiry, nothing is unpickled. A Redis that is away is no
error: ask() gives what its caller said, with one line in the log for the whole outage; what was
to be deleted is deleted when this process reaches Redis again, before anything is read.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NamedTuple

from django.core.cache import caches
from redis.exceptions import RedisError, ResponseError

from core.caching.keys import FOREVER
from core.packing import Damaged, pack, unpack
from core.redis_cache import RedisCache
from core.redis_faults import is_outage

logger = logging.getLogger(__name__)
MARK_AGE = 2 * FOREVER  # a mark outlives every value that carries it
MOST_OWED = 10_000
RELEASE = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1])"


class Place(NamedTuple):
    """Where one call's value stands; `marks` are made when they are missing, `own` is missing
    until this call alone is deleted."""

    key: str
    marks: tuple[str, ...]
    own: str = ""

    @property
    def keys(self) -> list[str]:
        return [*self.marks, *filter(None, [self.own]), self.key]


class Found(NamedTuple):
    """What stands there: `stamp` is what the marks say now, `packed` the value if it holds."""

    stamp: str
    packed: bytes | None = None
    fresh_until: float = 0.0  # seconds since 1970
    is_there: bool = False  # something, though it may not hold

    @property
    def is_fresh(self) -> bool:
        return self.packed is not None and time.time() < self.fresh_until


class Outage:
    """Whether the cache was away a moment ago, and what is owed to it."""

    def __init__(self) -> None:
        self.lasts = False
        self.owed: set[str] = set()
        self.lock = Lock()

    def begin(self, error: Exception) -> None:
        with self.lock:
            begins, self.lasts = not self.lasts, True
        if begins:
            refused = isinstance(error, ResponseError) and not is_outage(error)
            said = "refuses what it is asked" if refused else "is away"
            logger.warning("the cache %s (%s); functions run without it", said, error)

    def owe(self, marks: Iterable[str]) -> None:
        with self.lock:
            self.owed.update(marks if len(self.owed) < MOST_OWED else ())

    def end(self) -> None:
        if self.lasts:
            self.lasts = False
            logger.warning("the cache answers again")


outage = Outage()


def _forked() -> None:
    outage.lock = Lock()  # another thread of the parent may have held it


os.register_at_fork(after_in_child=_forked)


def ask(function: Callable[..., Any], *args: Any, otherwise: Any = None) -> Any:
    """What `function` gets from the cache, or `otherwise` while that is away."""
    try:
        answer = function(*args)
    except (RedisError, OSError) as error:
        outage.begin(error)
        return otherwise
    outage.end()
    return answer


def is_shared() -> bool:
    """Do other processes use this cache too, by way of a network?"""
    return isinstance(caches["default"], RedisCache)


def look(place: Place) -> Found:
    """One round trip. Raises RedisError."""
    if outage.owed:
        pay()
    cache: Any = caches["default"]
    if not is_shared():
        return found_at(place, cache.get_many(place.keys))
    with cache.breaker.guard():
        values = cache.client.get_client().mget(map(cache.make_key, place.keys))
    return found_at(place, decoded(place, values))


def turn(lock: str, holder: str, seconds: float, place: Place) -> tuple[bool, Found]:
    """Whether it is this one's turn to compute, among processes, and what stands there then; in
    one round trip. The turn is over by itself after `seconds`."""
    if not is_shared():
        return True, look(place)
    cache: Any = caches["default"]
    with cache.breaker.guard():
        pipe = cache.client.get_client().pipeline(transaction=False)
        pipe.set(cache.make_key(lock), holder, nx=True, px=int(seconds * 1000) + 1)
        pipe.mget(map(cache.make_key, place.keys))
        held, values = pipe.execute()
    return bool(held), found_at(place, decoded(place, values))


def found_at(place: Place, found: dict[str, Any]) -> Found:
    marks = [str(found.get(mark) or new_mark(mark)) for mark in place.marks]
    return opened(found.get(place.key), "".join([*marks, str(found.get(place.own, ""))]))


def decoded(place: Place, values: Iterable[bytes | None]) -> dict[str, Any]:
    """As cache.get_many() does, which takes a fifth longer with django-redis."""
    pairs = zip(place.keys, values, strict=True)
    return {key: sound(value) for key, value in pairs if value is not None}


def sound(value: bytes) -> Any:
    try:
        return unpack(value)
    except Damaged:
        return None


def opened(entry: Any, stamp: str) -> Found:
    if entry is None:
        return Found(stamp)
    try:
        carried, fresh_until, packed = unpack(entry)
        is_ours = carried == stamp and type(packed) is bytes
        return Found(stamp, packed if is_ours else None, float(fresh_until), is_there=True)
    except (Damaged, TypeError, ValueError):  # not one of ours
        return Found(stamp, is_there=True)


def new_mark(mark: str) -> str:
    """The one that counts, where two processes find it missing; or instead of a damaged one."""
    cache, own = caches["default"], token()
    if cache.add(mark, own, MARK_AGE):
        return own
    found = cache.get(mark)
    if not found:
        cache.set(mark, own, MARK_AGE)
    return str(found or own)


def keep(place: Place, stamp: str, packed: bytes, timeout: float, stale: float) -> None:
    """For `timeout` seconds, and `stale` more for those who may be given an old value."""
    entry = pack([stamp, time.time() + timeout, packed])
    caches["default"].set(place.key, entry, timeout + stale)


def drop(marks: tuple[str, ...], *keys: str) -> bool:
    """Let nothing hold that carries one of `marks`; False: as soon as the cache answers."""
    if ask(renew, marks, keys, otherwise=False):
        return True
    outage.owe(marks)
    return False


def renew(marks: Iterable[str], keys: Iterable[str]) -> bool:
    for mark in marks:
        caches["default"].set(mark, token(), MARK_AGE)
    for key in keys:
        caches["default"].delete(key)
    return True


def pay() -> None:
    """What could not be deleted; added again if it cannot be now."""
    with outage.lock:
        owed, outage.owed = outage.owed, set()
    try:
        renew(owed, ())
    except BaseException:
        outage.owe(owed)
        raise


def give_back(lock: str, holder: str) -> None:
    """Unless it has passed to somebody else."""
    if not is_shared():
        return
    cache: Any = caches["default"]
    with cache.breaker.guard():
        cache.client.get_client(write=True).eval(RELEASE, 1, cache.make_key(lock), holder)


def token() -> str:
    return secrets.token_hex(8)
