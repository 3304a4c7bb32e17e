"""What memoize() keeps: results by arguments (Flask-Caching: the version hash of a function).

Promises: a function has a mark that each of its results carries, and so has each instance whose
method it is; a new mark makes all of them void at once, those included that are being computed.
"""

from collections.abc import Callable, Collection
from typing import Any

from core.caching.engine import Cached
from core.caching.keys import Arguments, digest
from core.caching.once import Steps
from core.caching.options import Options, require
from core.caching.store import Place
from core.signals import cache_memoize_hit, cache_memoize_miss


class Memo(Cached):
    hit, miss = cache_memoize_hit, cache_memoize_miss

    def __init__(
        self,
        function: Callable[..., Any],
        options: Options,
        *,
        make_name: Callable[[str], str] | None,
        source: str,
        args_to_ignore: Collection[str],
    ) -> None:
        super().__init__(function, options)
        self.arguments = Arguments(function, args_to_ignore)
        self.filed_as = make_name(self.name) if make_name else self.name
        require(str, "a text", **{"make_name()": self.filed_as})
        self.source = source
        self.mark = f"memo:{digest(self.name)}:mark"

    def place(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps:
        return self.place_of(args, kwargs)
        yield  # as a generator, for cached() has to ask who calls

    def place_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place:
        """Raises TypeError for an argument that cannot be part of a key."""
        described = self.arguments.describe(args, kwargs)
        key = f"memo:{digest(self.filed_as, self.source, described)}"
        marks = (self.mark, *self.marks_of_owner(args))
        return Place(key, marks, f"{key}:mark")

    def marks_of_owner(self, args: tuple[Any, ...]) -> tuple[str, ...]:
        """The mark of the instance or class whose method is called."""
        if not (self.arguments.owner and args):
            return ()
        owner = self.arguments.describe_owner(args[0])
        return (f"memo:{digest(self.name, owner)}:mark",)
