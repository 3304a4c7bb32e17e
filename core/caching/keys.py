"""What a call is filed under (Flask-Caching: make_cache_key, args_to_ignore).

Promises: a call has one key however it is written, by position, keyword or default. An argument
that cannot be described raises TypeError, which names it and the cure; no two share a key by
chance: see core/caching/descriptions.py.
"""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from hashlib import blake2b
from math import ceil, inf
from typing import Any

from django.core.cache import caches

from core.caching.descriptions import description, flat

Timeout = float | timedelta | None
FOREVER = 30 * 86400  # seconds; what Flask-Caching's 0 means here
SAFE = re.compile(r"[!-~]{1,150}\Z")  # of a key, in every backend


def digest(*parts: Any) -> str:
    """A short name for plain values, the same in every process."""
    return blake2b(flat(list(parts)), digest_size=16).hexdigest()


def seconds(timeout: Timeout) -> float:
    """How long to keep a value: None is the cache's own TIMEOUT, 0 is FOREVER.

    Raises ValueError for a negative one, TypeError for what is no time at all.
    """
    if isinstance(timeout, timedelta):
        timeout = ceil(timeout.total_seconds())
    if timeout is None:
        timeout = caches["default"].default_timeout
    if timeout is None:  # TIMEOUT, in CACHES
        return FOREVER
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout={timeout!r} must be seconds, a timedelta or None")
    if not 0 <= timeout < inf:
        raise ValueError(f"timeout={timeout!r} must be 0 (as long as possible) or more")
    return timeout or FOREVER


class Arguments:
    """The arguments of calls of `function`, without those in `ignored`.

    Raises ValueError when `function` has no argument of an ignored name.
    """

    def __init__(self, function: Callable[..., Any], ignored: Collection[str]) -> None:
        self.name = name_of(function)
        self.signature = inspect.signature(function)
        self.ignored = frozenset(ignored)
        known = self.signature.parameters
        self.rest = next((n for n, p in known.items() if p.kind is p.VAR_KEYWORD), None)
        unknown = sorted(self.ignored - known.keys())
        if unknown and not self.rest:
            raise ValueError(f"{self.name} has no argument {unknown[0]!r} to ignore")
        first = next(iter(known), "")
        self.owner = first if first in {"self", "cls"} - self.ignored else ""

    def describe(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """Raises TypeError for arguments that do not fit, or have no lasting description."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        if self.rest:
            given |= {
                self.rest: {k: v for k, v in given[self.rest].items() if k not in self.ignored}
            }
        return [self._lasting(name, given[name]) for name in given if name not in self.ignored]

    def describe_owner(self, owner: Any) -> Any:
        """The instance or class a method belongs to."""
        return self._lasting(self.owner, owner)

    def _lasting(self, name: str, value: Any) -> Any:
        try:
            return description(value)
        except (AttributeError, TypeError, RecursionError) as error:
            raise TypeError(
                f"{self.name}: the argument {name!r} cannot be part of a key ({error}); pass "
                "something plain, give its class a __caching_id__(), or name it in args_to_ignore"
            ) from None


def filed(name: str) -> str:
    """A name of one's own as a key, so that cache.delete(name) works, if every backend takes it."""
    return name if SAFE.match(name) else digest(name)


def name_of(function: Callable[..., Any]) -> str:
    """Raises TypeError for a callable without a name of its own, such as a partial."""
    if not hasattr(function, "__qualname__"):
        raise TypeError(f"{function!r} is no function; wrap it in one")
    return f"{function.__module__}.{function.__qualname__}"
