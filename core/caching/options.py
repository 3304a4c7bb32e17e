"""What both decorators take (Flask-Caching: the same words, but for `stale` and `patience`).

Promises: `unless`, `forced_update` and `is_stale` are asked as Flask-Caching asks them, with the
call's arguments if they take any. What is misused is refused where it is written.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

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


def checked(timeout: Timeout) -> Timeout:
    """The same; refused where it is written, not at the first call."""
    if callable(timeout):
        raise TypeError("write the decorator with brackets: @cached() or @memoize()")
    if timeout is not None:
        seconds(timeout)
    return timeout


def checked_patience(patience: float) -> float:
    if not 0 <= patience < inf:
        raise ValueError(f"patience={patience!r} must be seconds: 0 (nobody waits) or more")
    return patience


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
