"""The decorators cached() and memoize(), whose options have Flask-Caching's names.

An option of a wrong type raises TypeError where it is written, a time out of range or an unknown
subject ValueError: one line names the option, its value and what is allowed.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction
from django.apps import apps

from core.caching.cached_function import CachedFunction, Timeout, seconds
from core.caching.cached_result import CachedResult
from core.caching.caching_hooks import hooks
from core.caching.deletion import delete_memoized
from core.caching.memoized import Memoized
from core.caching.single_flight import decorated

F = TypeVar("F", bound=Callable[..., Any])
Condition = Callable[..., Any] | None  # called with the arguments of the call, if it takes any


@dataclass(frozen=True)
class Options(ABC):
    """`timeout`, `stale` and `patience` are seconds or timedeltas. With `subjects` a result holds
    until one of them is written; `until()` is when it changes without a write."""

    timeout: Timeout = None
    _: KW_ONLY
    unless: Condition = None
    forced_update: Condition = None
    is_stale: Condition = None
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
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator; return a list instead")
        return decorated(self.cached(function))

    @abstractmethod
    def cached(self, function: F) -> CachedFunction: ...


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
    accepts: Sequence[str] = ("application/json", "text/html")

    def cached(self, function: F) -> CachedFunction:
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

    def __call__(self, function: F) -> F:
        wrapper: Any = super().__call__(function)
        wrapper.delete_memoized = partial(delete_memoized, wrapper)
        return wrapper

    def cached(self, function: F) -> CachedFunction:
        return Memoized(function, self)


cached, memoize = Cached, Memoize


def check(name: str, value: Any, default: Any) -> None:
    """Raises TypeError or ValueError for a value that is not of the kind of the default."""
    if name in ("timeout", "stale", "patience"):
        seconds(name, 0 if value is default is None else value)
        return
    allowed = refusal(name, value, default)
    if allowed:
        raise TypeError(f"{name}={value!r} must be {allowed}")
    if iscoroutinefunction(value):  # a coroutine that is not awaited is always true
        raise TypeError(f"{name}={value!r} is asked within each call, and must not be async")
    # Before the apps are ready a subject may be declared yet: the first call raises KeyError then.
    known = sorted(hooks.subjects.names()) if hooks.subjects and apps.ready else value
    if name == "subjects" and (unknown := sorted(set(value).difference(known))):
        raise ValueError(f"subjects={value!r}: there is no {unknown[0]!r}, only {', '.join(known)}")


def refusal(name: str, value: Any, default: Any) -> str:
    """Return what is allowed instead of the value; empty if it is allowed."""
    are_texts = isinstance(value, Collection) and all(isinstance(each, str) for each in value)
    if default is False:
        return "" if isinstance(value, bool) else "True or False"
    if default is None:
        return "" if value is None or callable(value) else "a callable or None"
    if name == "key_prefix":
        return "" if isinstance(value, str) or callable(value) else "a text or a callable"
    if name == "accepts":
        fits = isinstance(value, list | tuple) and are_texts and all("/" in each for each in value)
        return "" if fits else "a list of types, such as ['text/html', 'text/csv']"
    return "" if are_texts and not isinstance(value, str) else "a list of names"
