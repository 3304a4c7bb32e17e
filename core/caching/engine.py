"""A cached function and one call of it, step by step (Flask-Caching: decorated_function).

Promises: a call is given what is kept (a hit) or computes (a miss), and each of the two sends its
signal. What is past its time is given while one computes anew, for `stale` seconds. Within a
transaction, and while the cache is away, the function simply runs: nothing is kept that others
may never see.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from types import GeneratorType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.dispatch import Signal

from core.cache_numbers import Numbers
from core.caching import store
from core.caching.keys import name_of, seconds
from core.caching.once import (
    AGAIN,
    Ask,
    Do,
    Flight,
    Join,
    Pause,
    Run,
    Send,
    Steps,
    arun,
    flights,
    run,
)
from core.caching.options import Options, refuse_async
from core.caching.store import Found, Place
from core.memory import in_transaction
from core.packing import Damaged, pack, unpack

logger = logging.getLogger("core.caching")
numbers = Numbers("functions")
LONGEST = 200  # characters of a complaint: it shows the value


class Old:
    """A value that may be given, which may be None."""

    __slots__ = ("packed", "value")

    def __init__(self, value: Any, packed: bytes) -> None:
        self.value, self.packed = value, packed


class Cached(ABC):
    """A function whose results are kept; `hit` and `miss` are sent with the wrapped function."""

    hit: Signal
    miss: Signal

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        refuse_async(options.response_filter)
        self.function, self.options = function, options
        self.name = name_of(function)
        self.wrapper = self._wrapped()
        self._complained = False

    @abstractmethod
    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps:
        """Where this call's value stands; None when it is not to be cached."""

    def to_keep(self, args: tuple[Any, ...], value: Any, timeout: float) -> tuple[Any, float]:
        """The value as plain ones, and for how long; 0 seconds: not at all."""
        return value, timeout

    def to_give(self, args: tuple[Any, ...], kept: Any) -> Any:
        return kept

    def packed(self, args: tuple[Any, ...], value: Any) -> tuple[bytes, float] | None:
        """What is stored of a result, and for how long; None when it must not be."""
        options = self.options
        if value is None and not options.cache_none:
            return None
        if options.response_filter and not options.response_filter(value):
            return None
        timeout = seconds(self.wrapper.cache_timeout)  # type: ignore[attr-defined]
        plain, timeout = self.to_keep(args, value, timeout)
        try:
            return (pack(plain), timeout) if timeout > 0 else None
        except (TypeError, ValueError, RecursionError) as error:
            self._complain(error)
            return None

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            self._complained = True
            text = str(error)[:LONGEST]
            logger.warning("%s is called each time: what it returns, %s", self.name, text)

    def _wrapped(self) -> Callable[..., Any]:
        function = self.function

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return run(self.steps(args, kwargs), lambda: function(*args, **kwargs))

        @wraps(function)
        async def awrapper(*args: Any, **kwargs: Any) -> Any:
            return await arun(self.steps(args, kwargs), lambda: function(*args, **kwargs))

        chosen: Any = awrapper if iscoroutinefunction(function) else wrapper
        chosen.uncached, chosen.caching = function, self
        chosen.cache_timeout = self.options.timeout
        chosen.make_cache_key = self.key
        return chosen

    def key(self, *args: Any, **kwargs: Any) -> str | None:
        """Where the value of this call stands (f.make_cache_key); None if it is not cached."""
        place = run(self.place(args, kwargs), lambda: None)
        return None if place is None else str(place.key)

    def steps(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps:
        place: Place | None = None
        if not in_transaction() and not self.options.unless(self.function, *args, **kwargs):
            place = yield from self.place(args, kwargs)
        found = place and (yield Ask(store.look, place))
        if not place or not found:
            return (yield Run())
        return (yield from Call(self, place, args, kwargs).answer(found))


class Call:
    """One call of `cached` whose value stands at `place`, if it is kept."""

    def __init__(
        self, cached: Cached, place: Place, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.cached, self.place, self.args, self.kwargs = cached, place, args, kwargs
        self.options, self.is_there = cached.options, False

    def answer(self, found: Found) -> Steps:
        self.is_there = found.is_there
        if self.options.forced_update(*self.args, **self.kwargs):
            value, _ = yield from self.make(found.stamp)
            return value
        old = self.usable(found)
        if old and found.is_fresh:
            return (yield from self.give(old))
        return (yield from self.share(found.stamp, old))

    def share(self, stamp: str, old: Old | None) -> Steps:
        """Lead, or take part in what another of this process computes."""
        mine, key = Flight(), (self.place.key, stamp)
        flight = flights.setdefault(key, mine)
        if flight is mine:
            return (yield from self.lead(mine, key, old))
        if old:
            return (yield from self.give(old))
        waits = flight.leader != mine.leader  # a function that calls itself would wait in vain
        packed = (yield Join(flight, self.options.patience)) if waits else None
        if packed is not None:
            return (yield from self.give(self.old(packed), "collapsed"))
        value, _ = yield from self.make(stamp)
        return value

    def lead(self, flight: Flight, key: tuple[str, str], old: Old | None) -> Steps:
        packed = None
        try:
            value, packed = yield from self.alone(key[1], old)
            return value
        finally:
            flights.pop(key, None)
            flight.set_result(packed)

    def alone(self, stamp: str, old: Old | None) -> Steps:
        """Have the turn among processes, or what another of them made meanwhile."""
        deadline = time.monotonic() + self.options.patience
        turn = self.options.patience / 2  # who takes it from one that died computes in the rest
        lock, holder = f"{self.place.key}:{stamp}:lock", store.token()
        while True:
            ask = Ask(store.turn, lock, holder, turn, self.place, otherwise=(True, None))
            held, found = yield ask
            try:
                made = self.usable(found) if found and found.is_fresh else None
                ready = made or (None if held else old)
                if ready:
                    how = "collapsed" if made else "hits"
                    return (yield from self.give(ready, how)), ready.packed
                if held or time.monotonic() > deadline:
                    return (yield from self.make(found and found.stamp))
            finally:
                if held:
                    store.ask(store.give_back, lock, holder)
            yield Pause(AGAIN)

    def make(self, stamp: str | None) -> Steps:
        """Compute, and keep it under what the marks said before; None: they could not be read."""
        numbers.add("misses")
        numbers.add("outdated", self.is_there)
        yield from self.tell(self.cached.miss)
        value = yield Run()
        if isinstance(value, GeneratorType):
            value = joined(list(value))
        if getattr(value, "is_rendered", True) is False:
            yield Do(value.render)
        kept = self.cached.packed(self.args, value)
        if kept is None or stamp is None:
            return value, None
        yield Ask(store.keep, self.place, stamp, *kept, self.options.stale)
        return value, kept[0]

    def give(self, old: Old, how: str = "hits") -> Steps:
        numbers.add(how)
        yield from self.tell(self.cached.hit)
        return old.value

    def tell(self, signal: Signal) -> Steps:
        if signal.receivers:
            about = {"key": self.place.key, "args": self.args, "kwargs": self.kwargs}
            yield Send(signal, {"sender": self.cached.wrapper, **about})

    def usable(self, found: Found) -> Old | None:
        """What is kept, if it is sound and `is_stale` does not say otherwise."""
        try:
            old = self.old(found.packed) if found.packed is not None else None
        except (Damaged, TypeError, ValueError, LookupError):
            return None
        if old and self.options.is_stale(old.value, *self.args, **self.kwargs):
            return None
        return old

    def old(self, packed: bytes) -> Old:
        return Old(self.cached.to_give(self.args, unpack(packed)), packed)


def joined(chunks: list[Any]) -> Any:
    """What a generator gave, as one text where it is one."""
    if all(isinstance(each, str) for each in chunks):
        return "".join(chunks)
    if all(isinstance(each, bytes) for each in chunks):
        return b"".join(chunks)
    return chunks
