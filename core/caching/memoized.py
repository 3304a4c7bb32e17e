"""Where memoize() stores results: by arguments (Flask-Caching: the version hash of a function).

A function has a mark that each of its results carries, and each instance whose method it is has
one: a new mark makes all of them void at once, those included that are being computed.
"""

from collections.abc import Callable
from typing import Any

from core.caching.argument_keys import Arguments, digest
from core.caching.cached_function import CachedFunction
from core.caching.result_store import Place
from core.signals import cache_memoize_hit, cache_memoize_miss


class Memoized(CachedFunction):
    hit, miss = cache_memoize_hit, cache_memoize_miss

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        super().__init__(function, options)
        self.arguments = Arguments(self.name, function, options.args_to_ignore)
        self.filed_as = options.make_name(self.name) if options.make_name else self.name
        if not isinstance(self.filed_as, str):
            raise TypeError(f"make_name()={self.filed_as!r} must be a text")
        self.mark = f"memo:{digest(self.name)}:mark"

    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any], user: Any = None) -> Place:
        """Raises TypeError for an argument that cannot be part of a key."""
        described = self.arguments.describe(args, kwargs)
        key = f"memo:{digest(self.filed_as, self.source, described)}"
        return Place(key, (self.mark, *self.marks_of_owner(args)), f"{key}:mark")

    def marks_of_owner(self, args: tuple[Any, ...]) -> tuple[str, ...]:
        """The mark of the instance or class whose method is called."""
        first = next(iter(self.arguments.signature.parameters), "")
        if not args or first not in {"self", "cls"} - self.arguments.ignored:
            return ()
        owner = self.arguments.describe_one(first, args[0])
        return (f"memo:{digest(self.name, owner)}:mark",)
