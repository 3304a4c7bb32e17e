"""Where memoize() stores results: by arguments (Flask-Caching: the version hash of a function).

Each result carries the version of its function, and that of the instance whose method it is: a new
version makes all of them void at once, including those that are being computed.
"""

import inspect
from collections.abc import Callable
from typing import Any

from core.caching.argument_keys import described, digest
from core.caching.cached_function import CachedFunction
from core.caching.result_store import Place
from core.signals import cache_memoize_hit, cache_memoize_miss


class Memoized(CachedFunction):
    hit, miss = cache_memoize_hit, cache_memoize_miss

    def __init__(self, function: Callable[..., Any], options: Any) -> None:
        super().__init__(function, options)
        self.signature, self.ignored = inspect.signature(function), set(options.args_to_ignore)
        known = self.signature.parameters
        first = next(iter(known), "")
        self.owner = first if first in {"self", "cls"} - self.ignored else ""
        self.rest = next((n for n, p in known.items() if p.kind is p.VAR_KEYWORD), "")
        if (unknown := sorted(self.ignored - known.keys())) and not self.rest:
            raise ValueError(f"{self.name} has no argument {unknown[0]!r} to ignore")
        self.filed_as = options.make_name(self.name) if options.make_name else self.name
        if not isinstance(self.filed_as, str):
            raise TypeError(f"make_name()={self.filed_as!r} must be a text")
        self.version_key = f"memo:{digest(self.name)}:version"

    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place:
        """Raises TypeError for arguments that do not fit, or cannot be part of a key."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        given |= {self.rest: strip(given[self.rest], self.ignored)} if self.rest else {}
        plain = [self.described(name, value) for name, value in strip(given, self.ignored).items()]
        key = f"memo:{digest(self.filed_as, self.source, plain)}"
        owner = self.owner_key(args)
        return Place(
            key, (self.version_key, owner) if owner else (self.version_key,), f"{key}:version"
        )

    def described(self, name: str, value: Any) -> Any:
        try:
            return described(value)
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise TypeError(
                f"{self.name}: the argument {name!r} cannot be part of a key ({error}); pass "
                "something plain, give its class a __caching_id__(), or name it in args_to_ignore"
            ) from None

    def owner_key(self, args: tuple[Any, ...]) -> str:
        """Return the version key of the instance or class whose method is called, if any."""
        if not (self.owner and args):
            return ""
        return f"memo:{digest(self.name, self.described(self.owner, args[0]))}:version"


def strip(arguments: dict[str, Any], ignored: set[str]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in ignored}
