"""Runs a call: gives what is kept, or lets one of all callers compute it (dogpile.cache).

A caller that misses takes the lock of the key, which cache.add() grants to one of all processes.
The others give the old value during `stale`, or look again until there is a result. Once the lock
says that the call is over, or after `patience`, each computes for itself. A lock expires after
half of `patience`, so a killed caller costs the others that much.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from math import inf
from types import GeneratorType
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.dispatch import Signal
from django.utils import timezone

from core.caching.argument_keys import digest
from core.caching.result_store import Place, ask, is_shared, read
from core.invalidation.checked_memory import horizon, making, take
from core.redis_cache.serializer import Damaged, unpack
from core.shared_memory.process_counters import Counters
from core.workers.worker_threads import worker

numbers = Counters("functions")
LONGEST = 0.02  # seconds between two looks
HELD = "held"  # a lock; afterwards True or False for a second: whether the result is kept
MISSING = object()
# Of this thread or task: a function that calls itself would wait for its own lock.
held: ContextVar[frozenset[str]] = ContextVar("held", default=frozenset())


class Computation(Protocol):
    """The part of core.caching.cached_function.CachedFunction that a call uses."""

    function: Callable[..., Any]
    options: Any
    wrapper: Any
    hit: Signal
    miss: Signal
    stale: float
    patience: float
    forced_update: Callable[..., Any]
    is_stale: Callable[..., Any]

    def from_plain(self, args: tuple[Any, ...], plain: Any) -> Any: ...

    def packed(self, args: tuple[Any, ...], value: Any, longest: float) -> tuple[bytes, float]: ...


class Call:
    """A call whose result belongs at `place`. What may block on the cache says so."""

    def __init__(
        self, cached: Computation, place: Place, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.cached, self.place, self.args, self.kwargs = cached, place, args, kwargs
        self.function = cached.function
        self.is_forced = cached.forced_update(*args, **kwargs)
        self.deadline, self.pause, self.how = time.monotonic() + cached.patience, 0.0, "hits"
        self.lock, self.leads, self.quiet = "", False, 1.0
        self.is_away, self.is_there, self.is_kept = False, False, False
        self.stamp, self.value, self.fresh_until = "", MISSING, 0.0

    def step(self) -> float | None:
        """Looks, and may take the lock: blocks. Returns the seconds to wait until the next step,
        None once it is decided: a value is given, or this caller computes one."""
        seen = ask(read, self.place, self.lock)
        if seen is None:
            self.is_away = True
            return None
        self.stamp, entry, lock_state = seen
        self.see(entry)
        if self.is_forced or self.is_fresh:
            return None
        # Of this stamp: a call that begins after a delete does not wait for one from before it.
        self.lock = f"{self.place.key}:{digest(self.stamp)}:lock"
        is_over = lock_state not in (None, HELD) or self.lock in held.get()
        if is_over or (lock_state != HELD and self.acquire()):
            return None
        if self.value is not MISSING or time.monotonic() >= self.deadline:
            return None
        pause, self.how = self.pause, "collapsed"
        self.pause = min(2 * pause + 0.005, LONGEST)
        return pause

    def see(self, entry: Any) -> None:
        self.value, self.is_there = MISSING, entry is not None
        with suppress(Damaged, TypeError, ValueError, LookupError):  # missing, or not written here
            stamp, made, timeout, packed = entry
            self.fresh_until, age = made + timeout, time.time() - made
            usable = age < min(timeout + self.cached.stale, self.place.oldest)
            if usable and stamp == self.stamp:
                self.value = self.cached.from_plain(self.args, unpack(packed))
        is_there = self.value is not MISSING and not self.is_forced
        if not is_there or self.cached.is_stale(self.value, *self.args, **self.kwargs):
            self.value = MISSING

    @property
    def is_fresh(self) -> bool:
        return self.value is not MISSING and time.time() < self.fresh_until

    def acquire(self) -> bool:
        turn = self.cached.patience / 2
        if turn and not ask(caches["default"].add, self.lock, HELD, turn, otherwise=True):
            return False
        self.leads, self.value = True, MISSING
        held.set(held.get() | {self.lock})
        return True

    def release(self) -> None:
        """For a second the lock says that the call is over: blocks. A caller that finds no result
        then computes for itself; one that looked too early does not compute it again."""
        if self.leads:
            held.set(held.get() - {self.lock})
            ask(caches["default"].set, self.lock, self.is_kept, self.quiet)

    def until(self) -> float:
        """When the result changes without a write (monotonic); asked before it is computed."""
        moment = self.cached.options.until and self.cached.options.until()
        return time.monotonic() + (moment - timezone.now()).total_seconds() if moment else inf

    def keep(self, value: Any, until: float) -> None:
        """Stores the result, if it may be kept: blocks."""
        packed, timeout = self.cached.packed(self.args, value, until - time.monotonic())
        if timeout > 0:
            entry = [self.stamp, time.time(), timeout, packed]
            age = timeout + self.cached.stale
            kept = ask(caches["default"].set, self.place.key, entry, age, otherwise=False)
            self.is_kept, self.quiet = kept is not False, min(1, timeout / 2)

    def counted(self) -> dict[str, Any]:
        """Counts a hit or a miss; returns what its signal says."""
        if self.value is MISSING:
            numbers.add("misses")
            numbers.add("outdated", self.is_there)
        else:
            numbers.add(self.how if self.is_fresh else "hits")
        call = {"key": self.place.key, "args": self.args, "kwargs": self.kwargs}
        return {"sender": self.cached.wrapper, **call}


def run(call: Call) -> Any:
    """Runs a call of a function in this thread."""
    while (pause := call.step()) is not None:
        if not rested(pause):
            call.deadline = 0.0
    if call.is_away:
        return call.function(*call.args, **call.kwargs)
    if call.value is not MISSING:
        if call.cached.options.subjects:  # a page that is made of this result holds no longer
            take(time.monotonic() + call.fresh_until - time.time())
        call.cached.hit.send_robust(**call.counted())
        return call.value
    try:
        call.cached.miss.send_robust(**call.counted())
        with making(until := call.until()):
            value = joined(call.function(*call.args, **call.kwargs))
            if getattr(value, "is_rendered", True) is False:  # a TemplateResponse
                value.render()
            # With subjects it holds no longer than the kept values it is made of.
            call.keep(value, horizon.until if call.cached.options.subjects else until)
        return value
    finally:
        call.release()


def rested(pause: float) -> bool:
    """Sleeps. False if the worker needs this thread, which then must not wait any longer."""

    def sleep(seconds: float) -> bool:
        time.sleep(pause)
        return True

    # A second more: a busy machine may stop this thread on the way into wait().
    return bool(worker.wait(sleep, time.monotonic() + pause + 1))


async def run_async(call: Call) -> Any:
    """Runs a call of a coroutine function in this task, by the same steps."""
    while (pause := await off_loop(call.step)) is not None:
        await asyncio.sleep(pause)
    if call.is_away:
        return await call.function(*call.args, **call.kwargs)
    if call.value is not MISSING:
        await call.cached.hit.asend_robust(**call.counted())
        return call.value
    try:
        await call.cached.miss.asend_robust(**call.counted())
        until = await sync_to_async(call.until)() if call.cached.options.until else inf
        value = joined(await call.function(*call.args, **call.kwargs))
        if getattr(value, "is_rendered", True) is False:  # rendering may read the database
            await sync_to_async(value.render)()
        await off_loop(call.keep, value, until)
        return value
    finally:
        await off_loop(call.release)


async def off_loop(function: Callable[..., Any], *args: Any) -> Any:
    """In another thread if the cache is behind a network, so that the event loop goes on."""
    if not is_shared():
        return function(*args)
    return await sync_to_async(function, thread_sensitive=False)(*args)


def joined(value: Any) -> Any:
    """Joins the chunks of a generator into one str or bytes; returns other values as they are."""
    if not isinstance(value, GeneratorType):
        return value
    chunks = list(value)
    kind = next((k for k in (str, bytes) if all(isinstance(each, k) for each in chunks)), None)
    return kind().join(chunks) if kind else chunks
