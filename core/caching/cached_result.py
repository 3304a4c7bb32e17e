"""Where cached() stores pages of views, and results of functions without arguments.

A page is stored for every request that may share it: see view_policy.py. A result is stored under
the name of its function, or under `key_prefix` as it is written, so that cache.delete("comments")
works.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core.caching import view_policy
from core.caching.argument_keys import digest
from core.caching.cached_function import CachedFunction
from core.caching.result_store import Place
from core.caching.view_policy import Query
from core.signals import cache_view_hit, cache_view_miss

SAFE = re.compile(r"[!-~]{1,150}\Z")


class CachedResult(CachedFunction):
    hit, miss = cache_view_hit, cache_view_miss

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        super().__init__(function, options)
        prefix = options.key_prefix
        self.prefix = prefix if isinstance(prefix, str) else ""
        self.make_key = options.make_cache_key or (prefix if callable(prefix) else None)

    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place | None:
        if not is_page(args):
            key = self.result_key(self.result_name(args, kwargs))
            return Place(key, (version_key(key),))
        request = args[0]
        form = view_policy.form(request, tuple(self.options.accepts))
        if form is None:
            return None
        made = self.made_key(args, kwargs) if self.make_key else None
        page = self.page_name(request.path, request.META.get("QUERY_STRING", ""), made)
        # A function that a view calls with its request has the view's path, and the version of it:
        # deleting a path deletes all that was made for it.
        return Place(f"view:{digest(page, self.name, *form)}", (version_key(page),))

    def page_name(self, path: str, query: Query, made: str | None = None) -> str:
        """Return the name of a page in all its forms; `made` is what make_cache_key returned."""
        base = self.prefix.replace("%s", path) if made is None else made
        pairs = view_policy.sorted_query(query) if self.options.query_string else []
        return f"view:{digest(base, pairs, self.source)}"

    def result_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        if self.make_key:
            return self.made_key(args, kwargs)
        if "%s" not in self.prefix:
            return self.prefix
        if args or kwargs:
            raise TypeError(
                f"{self.name} is no view: cached() ignores its arguments; use memoize(), or say "
                "by key_prefix= that one result is meant for all"
            )
        return self.name

    def result_key(self, name: str) -> str:
        """Return the name itself where every backend takes it as a key."""
        name += digest(self.source) if self.source else ""
        return name if SAFE.match(name) else digest(name)

    def made_key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        maker: Any = self.make_key
        made = maker(*args, **kwargs) if inspect.signature(maker).parameters else maker()
        if not isinstance(made, str):
            raise TypeError(f"the key made for {self.name} must be a str, not {made!r}")
        return made

    def to_plain(self, args: tuple[Any, ...], value: Any, timeout: float) -> tuple[Any, float]:
        if not is_page(args):
            return value, timeout
        if not view_policy.is_shareable(args[0], value):
            return None, 0
        timeout = view_policy.lifetime(value, timeout)
        return (view_policy.to_plain(value), timeout) if timeout > 0 else (None, 0)

    def from_plain(self, args: tuple[Any, ...], plain: Any) -> Any:
        return view_policy.from_plain(plain) if is_page(args) else plain

    def version_keys(
        self, view: Any, path: str | None, query: Query, key: str | None, kwargs: dict[str, Any]
    ) -> list[str]:
        """Return what delete_cached() renews. Raises NoReverseMatch for a view without address."""
        if path is None and key is None and self.make_key:
            key = self.made_key((), kwargs)
        if path is None and key is None and "%s" not in self.prefix:
            key = self.prefix
        if key is not None:  # of a view or of a function
            return [version_key(self.page_name("", query, key)), version_key(self.result_key(key))]
        if path is None and not inspect.signature(self.function).parameters:  # no view
            return [version_key(self.result_key(self.name))]
        return [version_key(self.page_name(path or reverse(view, kwargs=kwargs), query))]


def is_page(args: tuple[Any, ...]) -> bool:
    return bool(args) and isinstance(args[0], HttpRequest)


def version_key(name: str) -> str:
    return f"{name}:version"
