"""What cached() keeps: pages of views, results of functions without arguments.

Promises: see core/caching/pages.py for who shares a page. A function keeps its own name as key,
or `key_prefix` as it is written, so cache.delete("all_comments") goes on working.
"""

import inspect
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core.caching import pages
from core.caching.engine import Cached
from core.caching.keys import digest, filed
from core.caching.once import Steps, User
from core.caching.options import Options, refuse_async
from core.caching.store import Place
from core.signals import cache_view_hit, cache_view_miss

Prefix = str | Callable[..., str]
Maker = Callable[..., str]


class Results(Cached):
    hit, miss = cache_view_hit, cache_view_miss

    def __init__(
        self,
        function: Callable[..., Any],
        options: Options,
        *,
        prefix: Prefix,
        make_key: Maker | None,
        source: str,
        query_string: bool,
        per_visitor: bool,
        accepts: tuple[str, ...],
    ) -> None:
        super().__init__(function, options)
        self.source, self.accepts = source, accepts
        self.make_key = make_key or (prefix if callable(prefix) else None)
        self.text = prefix if isinstance(prefix, str) else ""
        refuse_async(self.make_key)
        self.query_string, self.per_visitor = query_string, per_visitor

    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps:
        if args and isinstance(args[0], HttpRequest):
            return (yield from self.place_of_page(args[0], args, kwargs))
        return self.place_of_result(args, kwargs)

    def place_of_page(
        self, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Steps:
        allowed = pages.only_reads if self.per_visitor else pages.is_for_all
        looks = pages.looks(request, self.accepts) if allowed(request) else None
        if looks is None:
            return None
        made = self.made_key(args, kwargs) if self.make_key else None
        name = self.name_of_page(request.path, request.META.get("QUERY_STRING", ""), made)
        who = pages.visitor(request, (yield User(request))) if self.per_visitor else None
        # Who helps a view with its request has the same path. The mark is that of the path: what
        # is deleted is all that was made for it.
        key = digest(name, self.name, who, *looks)
        return Place(f"view:{key}", (mark_of(name),))

    def name_of_page(self, path: str, query: pages.Query, made: str | None = None) -> str:
        """All forms of one page: `made` is what make_cache_key or a callable key_prefix gave."""
        base = self.text.replace("%s", path) if made is None else made
        pairs = [*map(list, pages.sorted_query(query))] if self.query_string else []
        return f"view:{digest(base, pairs, self.source)}"

    def place_of_result(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place:
        if self.make_key:
            name = self.made_key(args, kwargs)
        elif "%s" not in self.text:
            name = self.text
        elif args or kwargs:
            raise TypeError(
                f"{self.name} is no view: cached() ignores its arguments; use memoize(), or say "
                "by key_prefix= that one result is meant for all"
            )
        else:
            name = self.name
        key = self.name_of_result(name)
        return Place(key, (mark_of(key),))

    def name_of_result(self, name: str) -> str:
        return filed(name + (digest(self.source) if self.source else ""))

    def made_key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Raises TypeError for a key that is no text."""
        maker: Any = self.make_key
        takes = inspect.signature(maker).parameters
        made = maker(*args, **kwargs) if takes else maker()
        if not isinstance(made, str):
            raise TypeError(f"the key made for {self.name} must be a str, not {made!r}")
        return made

    def to_keep(self, args: tuple[Any, ...], value: Any, timeout: float) -> tuple[Any, float]:
        if not (args and isinstance(args[0], HttpRequest)):
            return value, timeout
        if not pages.is_shareable(args[0], value, self.per_visitor):
            return None, 0
        timeout = pages.lifetime(value, timeout, self.per_visitor)
        return (pages.form(value), timeout) if timeout > 0 else (None, 0)

    def to_give(self, args: tuple[Any, ...], kept: Any) -> Any:
        return pages.page(kept) if args and isinstance(args[0], HttpRequest) else kept

    def names(self, key: str, query: pages.Query) -> tuple[str, ...]:
        """What is filed under this key, be it of a view or of a function."""
        return self.name_of_page("", query, key), self.name_of_result(key)

    def names_of(
        self, view: Any, path: str | None, query: pages.Query, kwargs: dict[str, Any]
    ) -> tuple[str, ...]:
        """What delete_cached() is to delete. Raises NoReverseMatch for a view without address."""
        if path is not None:
            return (self.name_of_page(path, query),)
        if self.make_key:
            return self.names(self.made_key((), kwargs), query)
        if "%s" not in self.text:
            return self.name_of_page("", query), self.name_of_result(self.text)
        if not inspect.signature(self.function).parameters:  # no view
            return (self.name_of_result(self.name),)
        return (self.name_of_page(reverse(view, kwargs=kwargs), query),)


def mark_of(name: str) -> str:
    return f"{name}:mark"
