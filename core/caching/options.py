"""What both decorators take (Flask-Caching: the same words, but for `stale` and `patience`).

Promises: `unless`, `forced_update` and `is_stale` are asked as Flask-Caching asks them, with the
call's arguments if they take any. What is misused is refused where it is written.
"""

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any, NoReturn

from asgiref.sync import iscoroutinefunction

from core.caching.keys import Timeout, seconds

Judge = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Options:
    timeout: Timeout
    unless: Callable[..., bool]
    forced_update: Callable[..., bool]
    is_stale: Callable[..., bool]
    response_filter: Callable[[Any], Any] | None
    cache_none: bool
    stale: float
    patience: float


def options(
    timeout: Timeout,
    unless: Judge | None,
    forced_update: Judge | None,
    is_stale: Judge | None,
    response_filter: Callable[[Any], Any] | None,
    cache_none: bool,
    stale: float | timedelta,
    patience: float | timedelta,
) -> Options:
    """Raises TypeError or ValueError for what cannot be meant."""
    timeout = checked(timeout)
    require_callables(
        unless=unless,
        forced_update=forced_update,
        is_stale=is_stale,
        response_filter=response_filter,
    )
    require_flags(cache_none=cache_none)
    return Options(
        timeout=timeout,
        unless=judge(unless),
        forced_update=judge(forced_update),
        is_stale=judge(is_stale, least=1),
        response_filter=response_filter,
        cache_none=cache_none,
        stale=length("stale", stale),
        patience=length("patience", patience),
    )


def checked(timeout: Timeout) -> Timeout:
    """The same; refused where it is written, not at the first call."""
    if callable(timeout):
        raise TypeError("write the decorator with brackets: @cached() or @memoize()")
    if timeout is not None:
        seconds(timeout)
    return timeout


def refuse(name: str, value: Any, allowed: str) -> NoReturn:
    raise TypeError(f"{name}={value!r} must be {allowed}")


def require(kinds: Any, allowed: str, **options: Any) -> None:
    """Raises TypeError for the first of `options` that is none of `kinds`."""
    for name, value in options.items():
        if not isinstance(value, kinds):
            refuse(name, value, allowed)


def require_flags(**options: Any) -> None:
    require(bool, "True or False", **options)


def require_callables(**options: Any) -> None:
    for name, value in options.items():
        if value is not None and not callable(value):
            refuse(name, value, "a callable or None")


def names(name: str, value: Any) -> tuple[str, ...]:
    """A str has letters, which nobody means."""
    is_many = isinstance(value, Collection) and not isinstance(value, str | bytes)
    if not is_many or not all(isinstance(each, str) for each in value):
        refuse(name, value, "a list of names")
    return tuple(value)


def media_types(name: str, value: Any) -> tuple[str, ...]:
    is_many = isinstance(value, list | tuple)
    if not is_many or not all(isinstance(each, str) and "/" in each for each in value):
        refuse(name, value, "a list of types, such as ['text/html', 'text/csv']")
    return tuple(value)


def length(name: str, value: float | timedelta) -> float:
    """Seconds. Raises TypeError or ValueError, which name the option."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(name, value, "seconds or a timedelta")
    if not 0 <= value < inf:
        raise ValueError(f"{name}={value!r} must be 0 seconds or more")
    return float(value)


def judge(function: Judge | None, least: int = 0) -> Callable[..., bool]:
    """Asks `function` with the call's arguments, if it takes more than `least`."""
    if function is None:
        return lambda *args, **kwargs: False
    refuse_async(function)
    takes = inspect.signature(function).parameters.values()
    if sum(each.kind is not each.KEYWORD_ONLY for each in takes) > least:
        return lambda *args, **kwargs: bool(function(*args, **kwargs))
    return lambda *args, **kwargs: bool(function(*args[:least]))


def refuse_async(function: Any) -> None:
    """A coroutine would be taken for an answer: any is true."""
    if iscoroutinefunction(function):
        raise TypeError(f"{function!r} is asked within each call, and must not be async")
