"""The two decorators (Flask-Caching: @cache.cached, @cache.memoize), for sync and async alike.

Promises: options have Flask-Caching's names and meanings, and timeouts too: None is the cache's
own 300 seconds, 0 as long as possible. What is misused is refused where it is written, or at the
first call, by a TypeError or ValueError that says what to write instead.
"""

import inspect
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from core.caching.deleting import delete_memoized
from core.caching.keys import Timeout
from core.caching.memo import Memo
from core.caching.once import PATIENCE
from core.caching.options import (
    Judge,
    media_types,
    names,
    options,
    require,
    require_callables,
    require_flags,
)
from core.caching.results import Prefix, Results

F = TypeVar("F", bound=Callable[..., Any])
VIEW = "view/%s"
ACCEPTS = ("application/json", "text/html")


def cached(
    timeout: Timeout = None,
    key_prefix: Prefix = VIEW,
    unless: Judge | None = None,
    forced_update: Judge | None = None,
    is_stale: Judge | None = None,
    response_filter: Callable[[Any], Any] | None = None,
    query_string: bool = False,
    cache_none: bool = False,
    make_cache_key: Callable[..., str] | None = None,
    source_check: bool = False,
    *,
    stale: float | timedelta = 0,
    patience: float | timedelta = PATIENCE,
    per_visitor: bool = False,
    accepts: Sequence[str] = ACCEPTS,
) -> Callable[[F], F]:
    """Keep a view's pages, or the result of a function without arguments.

    A view is filed under its path (`query_string=True`: and its query, in any order), language,
    host, scheme, method and which of `accepts` is wanted; a function under `key_prefix`, or its
    own name. `timeout`, `stale` and `patience` are seconds or timedeltas; `patience` is how long
    one waits for another who computes. See docs/caching-functions.md for the rest.
    Raises TypeError or ValueError for what cannot be meant.
    """
    common = options(
        timeout, unless, forced_update, is_stale, response_filter, cache_none, stale, patience
    )
    require_flags(query_string=query_string, source_check=source_check, per_visitor=per_visitor)
    require_callables(make_cache_key=make_cache_key)
    if not callable(key_prefix):
        require(str, "a text or a callable", key_prefix=key_prefix)
    types = media_types("accepts", accepts)

    def decorate(function: F) -> F:
        results = Results(
            refuse_generator(function),
            common,
            prefix=key_prefix,
            make_key=make_cache_key,
            source=source_of(function) if source_check else "",
            query_string=query_string,
            per_visitor=per_visitor,
            accepts=types,
        )
        return results.wrapper  # type: ignore[return-value]

    return decorate


def memoize(
    timeout: Timeout = None,
    make_name: Callable[[str], str] | None = None,
    unless: Judge | None = None,
    forced_update: Judge | None = None,
    is_stale: Judge | None = None,
    response_filter: Callable[[Any], Any] | None = None,
    cache_none: bool = False,
    source_check: bool = False,
    args_to_ignore: Collection[str] = (),
    *,
    stale: float | timedelta = 0,
    patience: float | timedelta = PATIENCE,
) -> Callable[[F], F]:
    """Keep a function's results for each combination of its arguments.

    `make_name(name)` gives the function another name in the keys; `args_to_ignore` names
    arguments that do not matter. The rest is as in cached(). A call raises TypeError for an
    argument that cannot be part of a key.
    """
    common = options(
        timeout, unless, forced_update, is_stale, response_filter, cache_none, stale, patience
    )
    require_flags(source_check=source_check)
    require_callables(make_name=make_name)
    ignored = names("args_to_ignore", args_to_ignore)

    def decorate(function: F) -> F:
        memo = Memo(
            refuse_generator(function),
            common,
            make_name=make_name,
            source=source_of(function) if source_check else "",
            args_to_ignore=ignored,
        )
        wrapper: Any = memo.wrapper
        wrapper.delete_memoized = lambda: delete_memoized(wrapper)
        return wrapper

    return decorate


def refuse_generator(function: F) -> F:
    if inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__} is an async generator; return a list instead")
    return function


def source_of(function: Callable[..., Any]) -> str:
    """Raises OSError where Python has no source of it."""
    return inspect.getsource(function)
