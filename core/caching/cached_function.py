"""A decorated function: which of its calls are cached, and what is stored of a result.

Within a transaction, and while the cache is away, the function simply runs: it may see rows that
others never will. Memoized and CachedResult are its two kinds, single_flight.py runs a call.
"""

import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from math import inf
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.cache import caches
from django.dispatch import Signal

from core.caching.result_store import FOREVER, Place, local
from core.caching.single_flight import Call, run, run_async
from core.invalidation.checked_memory import AGE, in_transaction
from core.redis_cache.serializer import pack

logger = logging.getLogger("core.caching")
Timeout = float | timedelta | None
Judge = Callable[..., Any] | None
LONGEST = 200  # characters of a complaint: it shows the value


class CachedFunction(ABC):
    """`options` are those of the decorator; `hit` and `miss` are sent by the decorated function."""

    hit: Signal
    miss: Signal

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        if not hasattr(function, "__qualname__"):
            raise TypeError(f"{function!r} is no function; wrap it in one")
        self.function, self.options, self.has_complained = function, options, False
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.source = inspect.getsource(function) if options.source_check else ""
        self.unless, self.forced_update = judge(options.unless), judge(options.forced_update)
        self.is_stale = judge(options.is_stale, least=1)
        self.stale = seconds("stale", options.stale)
        self.patience = seconds("patience", options.patience)
        self.wrapper = self._wrapped()

    @abstractmethod
    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any], user: Any) -> Place | None:
        """Where the result of this call is stored; None when it must not be cached."""

    def wants_user(self, args: tuple[Any, ...]) -> bool:
        return False

    def to_plain(self, args: tuple[Any, ...], value: Any, timeout: float) -> tuple[Any, float]:
        """The result as plain values, and the seconds to keep it; 0: not at all."""
        return value, timeout

    def from_plain(self, args: tuple[Any, ...], plain: Any) -> Any:
        return plain

    def _wrapped(self) -> Any:
        function = self.function

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            user = args[0].user if self.wants_user(args) else None
            call = self._call(args, kwargs, user)
            return run(call) if call else function(*args, **kwargs)

        @wraps(function)
        async def async_wrapper(*args: Any, **kwargs: Any) -> Any:
            user = await args[0].auser() if self.wants_user(args) else None
            call = self._call(args, kwargs, user)
            return await (run_async(call) if call else function(*args, **kwargs))

        chosen: Any = async_wrapper if iscoroutinefunction(function) else wrapper
        chosen.uncached, chosen.caching = function, self
        chosen.cache_timeout, chosen.make_cache_key = self.options.timeout, self.key
        return chosen

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], user: Any) -> Call | None:
        """None for a call that must not be cached."""
        if in_transaction() or self.unless(self.function, *args, **kwargs):
            return None
        place = self.place(args, kwargs, user)
        if place and self.options.subjects:
            place = place.under_generations(self.options.subjects)
        return place and Call(self, place, args, kwargs)

    def key(self, *args: Any, **kwargs: Any) -> str | None:
        """Where the result of this call is stored (f.make_cache_key); None: it is not cached."""
        place = self.place(args, kwargs, args[0].user if self.wants_user(args) else None)
        return place and (local(place.key) if self.options.subjects else place.key)

    def packed(self, args: tuple[Any, ...], value: Any, longest: float) -> tuple[bytes, float]:
        """Returns the packed result and the seconds to keep it; 0: it must not be kept."""
        options = self.options
        if value is None and not options.cache_none:
            return b"", 0
        if options.response_filter and not options.response_filter(value):
            return b"", 0
        plain, timeout = self.to_plain(args, value, self._timeout())
        try:
            return pack(plain), min(timeout, longest)
        except (TypeError, ValueError, RecursionError) as error:
            if not self.has_complained:
                self.has_complained = True
                reason = str(error)[:LONGEST]
                logger.warning("%s is called each time: what it returns, %s", self.name, reason)
            return b"", 0

    def _timeout(self) -> float:
        """As in Flask-Caching None is the cache's own TIMEOUT, and 0 as long as possible."""
        timeout = self.wrapper.cache_timeout
        if timeout is None:
            timeout = AGE if self.options.subjects else caches["default"].default_timeout
        return seconds("timeout", timeout or 0) or FOREVER


def seconds(name: str, value: Any) -> float:
    """Raises TypeError or ValueError, which name the option."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={value!r} must be seconds or a timedelta")
    if not 0 <= value < inf:
        raise ValueError(f"{name}={value!r} must be 0 seconds or more")
    return float(value)


def judge(function: Judge, least: int = 0) -> Callable[..., bool]:
    """Asks `function` with the call's arguments if it takes more than `least`, as Flask does."""
    if function is None:
        return lambda *args, **kwargs: False
    takes = inspect.signature(function).parameters.values()
    if sum(each.kind is not each.KEYWORD_ONLY for each in takes) > least:
        return lambda *args, **kwargs: bool(function(*args, **kwargs))
    return lambda *args, **kwargs: bool(function(*args[:least]))
