"""Deletes what cached() and memoize() keep (Flask-Caching: delete_cached, delete_memoized).

Nothing that was computed, or begun, before is returned afterwards. Within a transaction, also one
that raw SQL has opened, a delete is done at once and again at its end: another connection may
compute in between. While the cache is away nothing is deleted, and each returns False.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from core.caching import result_store
from core.caching.cached_result import CachedResult
from core.caching.caching_hooks import hooks
from core.caching.memoized import Memoized
from core.caching.view_policy import Query


def delete_cached(
    view: Callable[..., Any],
    path: str | None = None,
    query_args: Query = "",
    *,
    key: str | None = None,
    **kwargs: Any,
) -> bool:
    """Delete what cached() keeps of a view, in all languages, hosts and forms, or of a function.

    `path` is the page's; without it `kwargs` are the view's, from which it is reversed.
    `query_args` (text, mapping or pairs) matters to `query_string=True`. `key` is what
    make_cache_key or a callable key_prefix gave. Raises TypeError for a function that is not
    cached, NoReverseMatch for a view without address.
    """
    for name, value in {"path": path, "key": key}.items():
        if not isinstance(value, str | None):
            raise TypeError(f"{name}={value!r} must be a text")
    if not isinstance(query_args, str | Iterable):
        raise TypeError(f"query_args={query_args!r} must be a text, a mapping or pairs")
    if path is not None and not path.startswith("/"):
        raise ValueError(f"path={path!r} must begin with '/', as request.path does")
    cached = decorated_by(view, CachedResult, "cached()")
    return delete(*cached.version_keys(view, path, query_args, key, kwargs))


def delete_memoized(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Delete what memoize() keeps of a function, or with arguments of that call.

    A bound method means its instance, or with arguments one call on it; `Class.method` means all
    instances. Raises TypeError for a function that is not memoized.
    """
    memoized = decorated_by(function, Memoized, "memoize()")
    owner = getattr(function, "__self__", None)
    if not (args or kwargs):
        is_bound = owner is not None and not inspect.isclass(owner)
        return delete((is_bound and memoized.owner_key((owner,))) or memoized.version_key)
    if owner is not None and not (args and args[0] is owner):
        args = (owner, *args)
    return delete(memoized.place(args, kwargs).call_key)


def delete_memoized_verhash(function: Callable[..., Any]) -> bool:
    return delete_memoized(function)


def decorated_by(function: Callable[..., Any], kind: type[Any], decorator: str) -> Any:
    found = getattr(function, "caching", None)
    if not isinstance(found, kind):
        raise TypeError(f"{function!r} is not a function decorated with {decorator}")
    return found


def delete(*version_keys: str) -> bool:
    """Delete now, and again when others can see what this transaction wrote."""
    hooks.after_transaction(lambda: result_store.delete(*version_keys))
    return result_store.delete(*version_keys)
