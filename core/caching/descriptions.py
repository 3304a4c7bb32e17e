"""Plain values that stand for an argument in every process (Flask-Caching: its repr()).

Promises: what can be told apart is described apart: 1, 1.0, True and "1", a row of one table and
of another, an hour in Berlin and in Paris. Only types whose identity is known are described, and
classes that say it of themselves; anything else raises TypeError. For a repr() may be shortened,
leave attributes out, or hold an address that is another object's tomorrow.
"""

import re
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from functools import cached_property
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from types import BuiltinFunctionType, FunctionType, NoneType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.functional import LazyObject, Promise
from django.utils.functional import cached_property as django_cached_property
from django.utils.safestring import SafeString

from core.import_paths import import_path
from core.packing import pack

PLAIN = {NoneType, bool, int, float, str, bytes, bytearray, Decimal, date, timedelta, UUID}
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}|\.\.\.")  # of this process only, or shortened
FOREIGN = ("<", *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
NAMED = (type, FunctionType, BuiltinFunctionType)
REMEMBERED = (cached_property, django_cached_property)


def description(value: Any) -> Any:
    """Raises TypeError for what has no lasting description."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in KNOWN:
        return [kind.__name__, *KNOWN[kind](value)]
    if isinstance(value, NAMED):
        return ["name", name_of_global(value)]
    if isinstance(value, Promise):  # a text that waits for its language
        return ["lazy", str(value)]
    if isinstance(value, LazyObject):  # such as request.user
        return description(value.__reduce__()[1][0])
    return of_object(value)


def flat(plain: Any) -> bytes:
    try:
        return pack(plain)
    except UnicodeEncodeError:  # half of a pair, as JSON may bring; no bytes of pack() begin so
        return b"\xc1" + repr(plain).encode()


def parts(value: Iterable[Any]) -> list[Any]:
    return [description(each) for each in value]


def unordered(value: Iterable[Any]) -> list[bytes]:
    return sorted(flat(description(each)) for each in value)


def moment(value: Any) -> list[Any]:
    """Two zones may have the same hours today and others in summer."""
    return [value.replace(tzinfo=None), description(value.tzinfo)]


def zone(value: ZoneInfo) -> list[Any]:
    if not value.key:
        raise TypeError("a zoneinfo.ZoneInfo without a key has no lasting description")
    return [value.key]


def as_text(value: Any) -> list[Any]:
    return [str(value)]


KNOWN: dict[type, Callable[[Any], list[Any]]] = {
    list: parts,
    tuple: parts,
    set: unordered,
    frozenset: unordered,
    dict: lambda value: unordered(value.items()),
    datetime: moment,
    time: moment,
    timezone: lambda value: [repr(value)],
    ZoneInfo: zone,
    complex: lambda value: [value.real, value.imag],
    range: lambda value: [value.start, value.stop, value.step],
    SafeString: lambda value: [value.encode("utf-8", "surrogatepass")],
    re.Pattern: lambda value: [value.pattern, value.flags],
    **dict.fromkeys([PosixPath, PurePosixPath, PureWindowsPath, WindowsPath], as_text),
}


def of_object(value: Any) -> list[Any]:
    kind = type(value)
    if hasattr(kind, "__caching_id__"):
        return [f"{kind.__module__}.{kind.__qualname__}", description(value.__caching_id__())]
    if isinstance(value, Model):
        return ["row", *key_of_row(value)]
    name = name_of_global(kind)
    if isinstance(value, Enum):
        return [name, description(value.value) if isinstance(value, Flag) else value.name]
    if "__dataclass_fields__" in vars(kind) and not unknown_attributes(value):
        return [name, *parts(getattr(value, field.name) for field in fields(value))]
    if isinstance(value, tuple) and hasattr(kind, "_fields") and not hasattr(value, "__dict__"):
        return [name, *parts(value)]
    return [name, own_repr(value)]


def name_of_global(value: Any) -> str:
    """Where every process finds it, as pickle does; what stands within a function has no name."""
    name = f"{value.__module__}.{value.__qualname__}"
    found: Any = sys.modules.get(value.__module__)
    for each in value.__qualname__.split("."):
        found = getattr(found, each, None)
    if found is not value:
        raise TypeError(f"{name} cannot be found by that name")
    return name


def key_of_row(row: Model) -> list[Any]:
    if row.pk is None or row._state.adding:
        raise TypeError(f"a {row._meta.label} that is not saved has no key")
    return [row._meta.label, row._state.db, description(row.pk)]


def unknown_attributes(value: Any) -> set[str]:
    """What a dataclass holds besides its fields, and besides what it remembers of them."""
    kind = type(value)
    more = getattr(value, "__dict__", {}).keys() - {field.name for field in fields(value)}
    return {name for name in more if not isinstance(getattr(kind, name, None), REMEMBERED)}


def own_repr(value: Any) -> str:
    """What a class of the site's own writes by itself: that of a base may not know all."""
    kind = type(value)
    code = getattr(vars(kind).get("__repr__"), "__code__", None)
    text = repr(value) if code and not code.co_filename.startswith(FOREIGN) else ""
    if not text or ADDRESS.search(text):
        raise TypeError(f"a {import_path(kind)} has no lasting description")
    return text
