"""The decorators cached() and memoize(), whose options have Flask-Caching's names.

An option of a wrong type raises TypeError where it is written, a time out of range or an unknown
subject ValueError: one line names the option, its value and what is allowed.
"""

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction
from django.apps import apps

from core.caching.cached_function import CachedFunction, Timeout, seconds
from core.caching.cached_result import CachedResult
from core.caching.deletion import delete_memoized
from core.caching.memoized import Memoized
from core.subjects import names

F = TypeVar("F", bound=Callable[..., Any])
Judge = Callable[..., Any] | None  # asked with the arguments of the call, if it takes any


@dataclass(frozen=True)
class Options:
    """`timeout`, `stale` and `patience` are seconds or timedeltas. With `subjects` a result holds
    until one of them is written; `until()` is when it changes without a write."""

    timeout: Timeout = None
    _: KW_ONLY
    unless: Judge = None
    forced_update: Judge = None
    is_stale: Judge = None
    response_filter: Callable[[Any], Any] | None = None
    cache_none: bool = False
    source_check: bool = False
    stale: float | timedelta = 0
    patience: float | timedelta = 5
    subjects: Collection[str] = ()
    until: Callable[[], datetime | None] | None = None

    def __post_init__(self) -> None:
        if callable(self.timeout):
            raise TypeError("write the decorator with brackets: @cached() or @memoize()")
        for field in fields(self):
            check(field.name, getattr(self, field.name), field.default)

    def __call__(self, function: F) -> F:
        if inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is an async generator; return a list instead")
        return self.decorated(function).wrapper

    def decorated(self, function: F) -> CachedFunction:
        raise NotImplementedError


@dataclass(frozen=True)
class Cached(Options):
    """Keeps a view's pages, or the result of a function without arguments.

    A page is stored for its path (`query_string=True`: and its query, in any order), language,
    host, scheme, method and which of `accepts` is wanted; a result under `key_prefix`, or the
    function's name.
    """

    key_prefix: str | Callable[..., str] = "view/%s"
    _: KW_ONLY
    query_string: bool = False
    make_cache_key: Callable[..., str] | None = None
    per_visitor: bool = False
    accepts: Sequence[str] = ("application/json", "text/html")

    def decorated(self, function: F) -> CachedFunction:
        return CachedResult(function, self)


@dataclass(frozen=True)
class Memoize(Options):
    """Keeps a function's results for each combination of its arguments.

    `make_name(name)` gives the function another name in the keys; `args_to_ignore` names
    arguments that do not matter. A call raises TypeError for what cannot be part of a key.
    """

    make_name: Callable[[str], str] | None = None
    _: KW_ONLY
    args_to_ignore: Collection[str] = ()

    def decorated(self, function: F) -> CachedFunction:
        memoized = Memoized(function, self)
        memoized.wrapper.delete_memoized = partial(delete_memoized, memoized.wrapper)
        return memoized


cached, memoize = Cached, Memoize


def check(name: str, value: Any, default: Any) -> None:
    """Raises TypeError or ValueError for what is not of the kind of the option's default."""
    if name in ("timeout", "stale", "patience"):
        seconds(name, 0 if value is default is None else value)
        return
    are_texts = isinstance(value, Collection) and all(isinstance(each, str) for each in value)
    if default is False:
        fits, allowed = isinstance(value, bool), "True or False"
    elif default is None:
        fits, allowed = value is None or callable(value), "a callable or None"
    elif name == "key_prefix":
        fits, allowed = isinstance(value, str) or callable(value), "a text or a callable"
    elif name == "accepts":
        fits = isinstance(value, list | tuple) and are_texts and all("/" in each for each in value)
        allowed = "a list of types, such as ['text/html', 'text/csv']"
    else:
        fits, allowed = are_texts and not isinstance(value, str), "a list of names"
    if not fits:
        raise TypeError(f"{name}={value!r} must be {allowed}")
    if iscoroutinefunction(value):  # a coroutine that nobody awaits is always true
        raise TypeError(f"{name}={value!r} is asked within each call, and must not be async")
    # Before the apps are ready a subject may be declared yet: the first call raises KeyError then.
    if name == "subjects" and apps.ready and (unknown := sorted(set(value) - names())):
        known = ", ".join(sorted(names()))
        raise ValueError(f"subjects={value!r}: there is no {unknown[0]!r}, only {known}")
