"""A decorated function: which of its calls are cached, where, and what is stored of a result.

CachedResult and Memoized are its two kinds; single_flight.py runs its calls.
"""

import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from math import inf
from typing import Any

from django.core.cache import caches
from django.dispatch import Signal

from core.caching.caching_hooks import hooks
from core.caching.result_store import FOREVER, Place, on_this_host
from core.invalidation.expiry import AGE
from core.redis_cache.serializer import pack

logger = logging.getLogger("core.caching")
Timeout = float | timedelta | None
REASON_LENGTH = 200  # characters of the reason in the log, which shows the value


class CachedFunction(ABC):
    """`options` are those of the decorator, `wrapper` is the decorated function, which sends
    `hit` and `miss`."""

    hit: Signal
    miss: Signal
    wrapper: Any

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        if not hasattr(function, "__qualname__"):
            raise TypeError(f"{function!r} is no function; wrap it in one")
        self.function, self.options, self.is_reported = function, options, False
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.source = inspect.getsource(function) if options.source_check else ""
        self.unless = condition(options.unless)
        self.forced_update = condition(options.forced_update)
        self.is_stale = condition(options.is_stale, least=1)
        self.stale = seconds("stale", options.stale)
        self.patience = seconds("patience", options.patience)

    @abstractmethod
    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place | None:
        """Return where the result of this call is stored; None if it must not be cached."""

    def to_plain(self, args: tuple[Any, ...], value: Any, timeout: float) -> tuple[Any, float]:
        """Return the result as plain values, and the seconds to keep it; 0: not at all."""
        return value, timeout

    def from_plain(self, args: tuple[Any, ...], plain: Any) -> Any:
        return plain

    def place_now(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place | None:
        """Return the place of a call that begins now; None if the function simply runs.

        So it does within a transaction, which may see rows that others never will.
        """
        if hooks.in_transaction() or self.unless(self.function, *args, **kwargs):
            return None
        place = self.place(args, kwargs)
        if place and self.options.subjects:
            return place.under_generations(self.options.subjects)
        return place

    def key(self, *args: Any, **kwargs: Any) -> str | None:
        """Return the key of this call's result (f.make_cache_key); None: it is not cached."""
        place = self.place(args, kwargs)
        return place and (on_this_host(place.key) if self.options.subjects else place.key)

    def packed(self, args: tuple[Any, ...], value: Any, longest: float) -> tuple[bytes, float]:
        """Return the packed result and the seconds to keep it; 0: it must not be kept."""
        options = self.options
        if value is None and not options.cache_none:
            return b"", 0
        if options.response_filter and not options.response_filter(value):
            return b"", 0
        plain, timeout = self.to_plain(args, value, self.timeout())
        try:
            return pack(plain), min(timeout, longest)
        except (TypeError, ValueError, RecursionError) as error:
            if not self.is_reported:
                self.is_reported = True
                reason = str(error)[:REASON_LENGTH]
                logger.warning("%s is called each time: what it returns, %s", self.name, reason)
            return b"", 0

    def timeout(self) -> float:
        """As in Flask-Caching, None is the cache's own TIMEOUT and 0 is as long as possible."""
        timeout = self.wrapper.cache_timeout
        if timeout is None:
            timeout = AGE if self.options.subjects else caches["default"].default_timeout
        return seconds("timeout", timeout or 0) or FOREVER


def seconds(name: str, value: Any) -> float:
    """Return the option `name` in seconds. Raises TypeError or ValueError, which name it."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={value!r} must be seconds or a timedelta")
    if not 0 <= value < inf:
        raise ValueError(f"{name}={value!r} must be 0 seconds or more")
    return float(value)


def condition(function: Callable[..., Any] | None, least: int = 0) -> Callable[..., bool]:
    """Return `function` as one that can be given the arguments of a call after `least` others.

    As in Flask-Caching, it is called with them if it takes any. None is never true.
    """
    if function is None:
        return lambda *args, **kwargs: False
    takes = inspect.signature(function).parameters.values()
    if sum(each.kind is not each.KEYWORD_ONLY for each in takes) > least:
        return lambda *args, **kwargs: bool(function(*args, **kwargs))
    return lambda *args, **kwargs: bool(function(*args[:least]))
