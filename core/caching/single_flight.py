"""Runs a call: returns what is stored, or lets one of all callers compute it (dogpile.cache).

A caller that misses takes the lock of the key, which cache.add() grants to one of all processes.
The others return the old value during `stale`, or look again until there is a result. Once the
lock says that the call is over, or after `patience`, each computes for itself. A lock expires
after half of `patience`, so a killed caller costs the others that much.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import inf
from typing import Any
from weakref import WeakSet

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.utils import timezone

from core.caching.argument_keys import digest
from core.caching.cached_function import CachedFunction
from core.caching.caching_hooks import hooks
from core.caching.result_store import Place, ask, read
from core.invalidation.expiry import expire_by, expiring_at, horizon
from core.redis_cache.serializer import Damaged, unpack

LONGEST_PAUSE = 0.02  # seconds between two looks
with_subjects: WeakSet[CachedFunction] = WeakSet()  # for checks.py
HELD, OVER = "held", "over"  # the states of a lock
MISSING = object()


def decorated(cached: CachedFunction) -> Any:
    """Return the function whose calls are cached."""
    function = cached.function

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        place = cached.place_now(args, kwargs)
        return run(Call(cached, place, args, kwargs)) if place else function(*args, **kwargs)

    @wraps(function)
    async def async_wrapper(*args: Any, **kwargs: Any) -> Any:
        if place := cached.place_now(args, kwargs):
            return await run_async(Call(cached, place, args, kwargs))
        return await function(*args, **kwargs)

    chosen: Any = async_wrapper if iscoroutinefunction(function) else wrapper
    chosen.uncached, chosen.caching = function, cached
    chosen.cache_timeout, chosen.make_cache_key = cached.options.timeout, cached.key
    cached.wrapper = chosen
    if cached.options.subjects:
        with_subjects.add(cached)
    return chosen


class Call:
    """A call whose result is stored at `place`. `value` is MISSING if this caller computes it."""

    def __init__(
        self, cached: CachedFunction, place: Place, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.cached, self.place, self.args, self.kwargs = cached, place, args, kwargs
        self.is_forced = cached.forced_update(*args, **kwargs)
        self.deadline, self.pause = time.monotonic() + cached.patience, 0.0
        self.lock, self.has_lock, self.lock_rest = "", False, 1.0
        self.stamp, self.is_there, self.value, self.fresh_until = "", False, MISSING, 0.0

    def step(self) -> float | None:
        """Look, and take the lock if it is free: blocks.

        Returns the seconds to wait until the next step; None once `value` is decided.
        """
        away = "", None, OVER  # computed without the cache
        self.stamp, entry, lock_state = ask(read, self.place, self.lock, otherwise=away)
        self.see(entry)
        if self.is_forced or self.is_fresh:
            return None
        # Of this stamp: a call that begins after a delete does not wait for one from before it.
        self.lock = f"{self.place.key}:{digest(self.stamp)}:lock"
        if lock_state == OVER or (lock_state is None and self.acquire()):
            return None
        if self.value is not MISSING or time.monotonic() >= self.deadline:
            return None
        pause, self.pause = self.pause, min(2 * self.pause + 0.005, LONGEST_PAUSE)
        return pause

    def see(self, entry: Any) -> None:
        """Unpack the entry, if it is one and still counts."""
        self.value, self.is_there = MISSING, entry is not None
        with suppress(Damaged, TypeError, ValueError, LookupError):  # missing, or not written here
            stamp, made, timeout, packed = entry
            self.fresh_until, age = made + timeout, time.time() - made
            usable = age < min(timeout + self.cached.stale, self.place.oldest)
            if usable and stamp == self.stamp and not self.is_forced:
                self.value = self.cached.from_plain(self.args, unpack(packed))
        if self.value is not MISSING and self.cached.is_stale(
            self.value, *self.args, **self.kwargs
        ):
            self.value = MISSING

    @property
    def is_fresh(self) -> bool:
        return self.value is not MISSING and time.time() < self.fresh_until

    def acquire(self) -> bool:
        duration = self.cached.patience / 2
        if duration and not ask(caches["default"].add, self.lock, HELD, duration, otherwise=True):
            return False
        self.has_lock, self.value = True, MISSING
        return True

    def release(self) -> None:
        """Say for a second that the call is over: blocks. A caller that finds no result then
        computes for itself; one that looked too early does not compute it again."""
        if self.has_lock:
            ask(caches["default"].set, self.lock, OVER, self.lock_rest)

    def until(self) -> float:
        """When the result changes without a write (monotonic); asked before it is computed."""
        moment = self.cached.options.until and self.cached.options.until()
        return time.monotonic() + (moment - timezone.now()).total_seconds() if moment else inf

    def use(self) -> None:
        """Say that the stored result is used: with subjects, a value made of it expires with it."""
        if self.cached.options.subjects:
            expire_by(time.monotonic() + self.fresh_until - time.time())

    def keep(self, value: Any, until: float) -> None:
        """Store the result, if it may be kept: blocks. With subjects it expires no later than the
        kept values it is made of."""
        if self.cached.options.subjects:
            until = horizon.until
        packed, timeout = self.cached.packed(self.args, value, until - time.monotonic())
        if self.stamp and timeout > 0:
            entry = [self.stamp, time.time(), timeout, packed]
            ask(caches["default"].set, self.place.key, entry, timeout + self.cached.stale)
            self.lock_rest = min(1, timeout / 2)

    def counted(self) -> dict[str, Any]:
        """Count a hit or a miss. Returns what its signal says."""
        if self.value is MISSING:
            hooks.count("misses")
            hooks.count("outdated", self.is_there)
        else:
            hooks.count("collapsed" if self.pause and self.is_fresh else "hits")
        call = {"key": self.place.key, "args": self.args, "kwargs": self.kwargs}
        return {"sender": self.cached.wrapper, **call}


def run(call: Call) -> Any:
    """Run a call of a function in this thread."""
    while (pause := call.step()) is not None:
        if not hooks.sleep(pause):
            call.deadline = 0.0
    if call.value is not MISSING:
        call.use()
        call.cached.hit.send_robust(**call.counted())
        return call.value
    try:
        call.cached.miss.send_robust(**call.counted())
        with expiring_at(until := call.until()):
            value = call.cached.function(*call.args, **call.kwargs)
            if getattr(value, "is_rendered", True) is False:  # a TemplateResponse
                value.render()
            call.keep(value, until)
        return value
    finally:
        call.release()


async def run_async(call: Call) -> Any:
    """Run a call of a coroutine function in this task, by the same steps."""
    while (pause := await off_loop(call.step)) is not None:
        await asyncio.sleep(pause)
    if call.value is not MISSING:
        call.use()
        await call.cached.hit.asend_robust(**call.counted())
        return call.value
    try:
        await call.cached.miss.asend_robust(**call.counted())
        until = await sync_to_async(call.until)() if call.cached.options.until else inf
        with expiring_at(until):
            value = await call.cached.function(*call.args, **call.kwargs)
            if getattr(value, "is_rendered", True) is False:  # rendering may read the database
                await sync_to_async(value.render)()
            await off_loop(call.keep, value, until)
        return value
    finally:
        await off_loop(call.release)


async def off_loop(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function`, in another thread if the cache is remote: the event loop goes on."""
    if isinstance(caches["default"], LocMemCache):
        return function(*args)
    return await sync_to_async(function, thread_sensitive=False)(*args)
