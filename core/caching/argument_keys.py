"""Makes a key of a call's arguments: plain values, names, saved rows and __caching_id__().

Arguments that can be told apart have different keys: 1, 1.0, True and "1"; rows of two tables;
one hour in two zones. Any other argument raises TypeError, which names it and the cure: a repr()
may be shortened, or hold an address that is another object's tomorrow.
"""

import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from hashlib import blake2b
from types import BuiltinFunctionType, FunctionType, NoneType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.functional import LazyObject, Promise
from django.utils.safestring import SafeString

from core.import_paths import import_path
from core.redis_cache.serializer import pack

PLAIN = {NoneType, bool, int, float, str, bytes, bytearray, Decimal, date, timedelta, UUID}


def digest(*parts: Any) -> str:
    """A short name for plain values, the same in every process."""
    return blake2b(packed(list(parts)), digest_size=16).hexdigest()


def packed(plain: Any) -> bytes:
    try:
        return pack(plain)
    except UnicodeEncodeError:  # a lone surrogate, as JSON may bring; no bytes of pack() begin so
        return b"\xc1" + repr(plain).encode()


def described(value: Any) -> Any:
    """The value as plain ones. Raises TypeError for what has no lasting description."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (list, tuple):
        return [kind.__name__, *map(described, value)]
    if kind in (set, frozenset, dict):
        elements = value.items() if kind is dict else value
        return [kind.__name__, *sorted(packed(described(each)) for each in elements)]
    if kind in (datetime, time):  # two zones may agree today and differ in summer
        return [kind.__name__, value.replace(tzinfo=None), described(value.tzinfo)]
    if kind is timezone or (kind is ZoneInfo and value.key):
        return ["zone", repr(value)]
    if kind is SafeString or isinstance(value, Promise):  # a Promise waits for its language
        return [kind.__name__, str(value) + ""]
    if isinstance(value, LazyObject):  # such as request.user
        return described(value.__reduce__()[1][0])
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return ["name", global_name(value)]
    if hasattr(kind, "__caching_id__"):
        return [import_path(kind), described(value.__caching_id__())]
    if isinstance(value, Model) and value.pk is not None and not value._state.adding:
        return ["row", value._meta.label, value._state.db, described(value.pk)]
    if isinstance(value, Enum):  # a flag of several members may have no name
        return [global_name(kind), value.value if isinstance(value, Flag) else value.name]
    raise TypeError(f"a {import_path(kind)} has no lasting description")


def global_name(value: Any) -> str:
    """The name under which every process finds it; what stands within a function has none."""
    name = f"{value.__module__}.{value.__qualname__}"
    found: Any = sys.modules.get(value.__module__)
    for each in value.__qualname__.split("."):
        found = getattr(found, each, None)
    if found is not value:
        raise TypeError(f"{name} cannot be found by that name")
    return name
