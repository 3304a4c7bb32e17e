"""Values of cached functions are made void (Flask-Caching: delete_cached, delete_memoized).

Promises: nothing that was computed, or begun, before is given out afterwards. Within a
transaction, also a typed one, it is done at once and again at its end, for others may compute in
between. While the cache is away each returns False, and it is done as soon as this process
reaches the cache.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from core.caching import store
from core.caching.engine import Cached
from core.caching.memo import Memo
from core.caching.options import require
from core.caching.pages import Query
from core.caching.results import Results, mark_of
from core.writes import when_over


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
    make_cache_key or a callable key_prefix gave. Returns False while the cache is away; raises
    TypeError for what is not cached, NoReverseMatch for a view without address.
    """
    results = cached_of(view, Results)
    require(str | None, "a text", path=path, key=key)
    require(str | Iterable, "a text, a mapping or pairs", query_args=query_args)
    if path is not None and not path.startswith("/"):
        raise ValueError(f"path={path!r} must begin with '/', as request.path does")
    if key is not None:
        names = results.names(key, query_args)
    else:
        names = results.names_of(view, path, query_args, kwargs)
    return void(tuple(map(mark_of, names)))


def delete_memoized(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Delete all that memoize() keeps of a function, or with arguments what it keeps of that call.

    A bound method means its instance, or with arguments one call on it; `Class.method` all
    instances. Returns False while the cache is away; raises TypeError for what is not memoized.
    """
    memo = cached_of(function, Memo)
    owner = getattr(function, "__self__", None)
    if not (args or kwargs):
        bound = owner is not None and not inspect.isclass(owner)
        marks = memo.marks_of_owner((owner,)) if bound else ()
        return void(marks or (memo.mark,))
    if owner is not None and not (args and args[0] is owner):
        args = (owner, *args)
    place = memo.place_of(args, kwargs)
    return void((place.own,), place.key)


def delete_memoized_verhash(function: Callable[..., Any]) -> bool:
    """As delete_memoized(function): Flask-Caching's other word for it."""
    return delete_memoized(function)


def cached_of(function: Callable[..., Any], kind: type[Any]) -> Any:
    found: Cached | None = getattr(function, "caching", None)
    if not isinstance(found, kind):
        word = "memoize()" if kind is Memo else "cached()"
        raise TypeError(f"{function!r} is not a function decorated with {word}")
    return found


def void(marks: tuple[str, ...], *keys: str) -> bool:
    """Now, and once more when what this transaction wrote can be seen by others."""
    when_over(lambda: store.drop(marks, *keys))
    return store.drop(marks, *keys)
