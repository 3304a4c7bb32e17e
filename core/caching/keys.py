"""What a call is filed under (Flask-Caching: make_cache_key, args_to_ignore, __caching_id__).

Promises: a call has one key however it is written (by position, keyword or default), and 1, True,
1.0 and "1" are four arguments. What has no lasting description raises TypeError, which names the
argument and the cure; it never shares a key by chance.
"""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from hashlib import blake2b
from math import ceil
from typing import Any

from django.core.cache import caches
from django.db.models import Model
from django.utils.functional import Promise

from core.packing import CODES, PLAIN, pack

Timeout = float | timedelta | None
FOREVER = 30 * 86400  # seconds; what Flask-Caching's 0 means here
CONTAINERS = {list, tuple, set, frozenset, dict}
AS_THEY_ARE = (PLAIN | CODES.keys()) - CONTAINERS
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}|\.\.\.")  # of this process only, or shortened
SAFE = re.compile(r"[!-~]{1,150}\Z")  # of a key, in every backend
NO_OWN_REPR = {"builtins", "django"}


def digest(*parts: Any) -> str:
    """A short name for plain values, the same in every process."""
    return blake2b(flat(list(parts)), digest_size=16).hexdigest()


def flat(plain: Any) -> bytes:
    try:
        return pack(plain)
    except UnicodeEncodeError:  # half of a pair, as JSON may bring; no bytes of pack() begin so
        return b"\xc1" + repr(plain).encode()


def seconds(timeout: Timeout) -> float:
    """How long to keep a value: None is the cache's own TIMEOUT, 0 is FOREVER.

    Raises ValueError for a negative one, TypeError for what is no time at all.
    """
    if isinstance(timeout, timedelta):
        timeout = ceil(timeout.total_seconds())
    if timeout is None:
        timeout = caches["default"].default_timeout
    if not isinstance(timeout, int | float | None):
        raise TypeError(f"timeout={timeout!r} must be seconds, a timedelta or None")
    if timeout and timeout < 0:
        raise ValueError(f"timeout={timeout!r} must not be negative; 0 is as long as possible")
    return timeout or FOREVER


class Arguments:
    """The arguments of calls of `function`, without those in `ignored`.

    Raises ValueError when `function` has no argument of an ignored name.
    """

    def __init__(self, function: Callable[..., Any], ignored: Collection[str]) -> None:
        self.name = name_of(function)
        self.signature = inspect.signature(function)
        self.ignored = frozenset(ignored)
        known = self.signature.parameters
        self.rest = next((n for n, p in known.items() if p.kind is p.VAR_KEYWORD), None)
        unknown = sorted(self.ignored - known.keys())
        if unknown and not self.rest:
            raise ValueError(f"{self.name} has no argument {unknown[0]!r} to ignore")
        first = next(iter(known), "")
        self.owner = first if first in {"self", "cls"} - self.ignored else ""

    def describe(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """Raises TypeError for arguments that do not fit, or have no lasting description."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        if self.rest:
            given |= {
                self.rest: {k: v for k, v in given[self.rest].items() if k not in self.ignored}
            }
        return [self._lasting(name, given[name]) for name in given if name not in self.ignored]

    def describe_owner(self, owner: Any) -> Any:
        """The instance or class a method belongs to."""
        return self._lasting(self.owner, owner)

    def _lasting(self, name: str, value: Any) -> Any:
        try:
            return description(value)
        except TypeError as error:
            raise TypeError(
                f"{self.name}: the argument {name!r} cannot be part of a key ({error}); pass "
                "something plain, give its class a __caching_id__(), or name it in args_to_ignore"
            ) from None


def filed(name: str) -> str:
    """A name of one's own as a key, so that cache.delete(name) works, if every backend takes it."""
    return name if SAFE.match(name) else digest(name)


def name_of(function: Callable[..., Any]) -> str:
    """Raises TypeError for a callable without a name of its own, such as a partial."""
    if not hasattr(function, "__qualname__"):
        raise TypeError(f"{function!r} is no function; wrap it in one")
    return f"{function.__module__}.{function.__qualname__}"


def description(value: Any) -> Any:
    """Plain values that stand for this one in every process. Raises TypeError."""
    kind = type(value)
    if kind in AS_THEY_ARE:
        return value
    if isinstance(value, Promise):  # a text that waits for its language
        return str(value)
    if kind in CONTAINERS:
        return [kind.__name__, *parts(value)]
    if isinstance(value, type):
        return ["class", value.__module__, value.__qualname__]
    kind = value.__class__  # request.user is a lazy one, whose class is that of the user
    return [kind.__module__, kind.__qualname__, *own_description(value)]


def parts(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [description(each) for each in value]
    each = value.items() if isinstance(value, dict) else value
    return sorted(flat(description(one)) for one in each)


def own_description(value: Any) -> list[Any]:
    if hasattr(value, "__caching_id__"):
        return [str(value.__caching_id__())]
    if isinstance(value, Enum):
        return [value.name]
    if isinstance(value, Model):
        return key_of_row(value)
    if is_dataclass(value):
        return [description(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, tuple):
        return parts(value)
    return [text_of(value)]


def key_of_row(row: Model) -> list[Any]:
    if row.pk is None:
        raise TypeError(f"a {row._meta.label} that is not saved has no key")
    return [row._state.db, description(row.pk)]


def text_of(value: Any) -> str:
    """Its repr(), if somebody wrote one for this purpose: <WSGIRequest: GET '/'> says nothing."""
    kind = type(value)
    author = next(each for each in kind.__mro__ if "__repr__" in vars(each)).__module__
    text = "" if author.partition(".")[0] in NO_OWN_REPR else repr(value)
    if not text or ADDRESS.search(text):
        raise TypeError(f"a {kind.__module__}.{kind.__qualname__} has no lasting description")
    return text
