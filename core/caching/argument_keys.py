"""Makes a key of a call's arguments: plain values, saved rows and __caching_id__().

Arguments that can be told apart have different keys: 1, 1.0, True and "1"; rows of two tables;
one hour in two zones. Any other argument raises TypeError, which names its type: its repr() may
be shortened, or hold an address that another object has tomorrow.
"""

import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from hashlib import blake2b
from types import NoneType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model

from core.import_paths import import_path

PLAIN = {NoneType, bool, int, float, str, bytes, Decimal, date, timedelta, UUID}


def digest(*plain: Any) -> str:
    """Return a short name for plain values, the same in every process."""
    return blake2b(repr(plain).encode(), digest_size=16).hexdigest()


def described(value: Any) -> Any:
    """Return `value` as plain values whose repr() tells it apart. Raises TypeError."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (list, tuple):
        return [kind.__name__, *map(described, value)]
    if kind in (set, frozenset, dict):
        elements = value.items() if kind is dict else value
        return [kind.__name__, *sorted(repr(described(each)) for each in elements)]
    if kind in (datetime, time) and has_name(value.tzinfo):
        return [kind.__name__, repr(value)]
    if hasattr(kind, "__caching_id__"):
        return [import_path(kind), described(value.__caching_id__())]
    if isinstance(value, Model) and value.pk is not None and not value._state.adding:
        return ["row", value._meta.label, value._state.db, described(value.pk)]
    if isinstance(value, Enum):  # a flag of several members may have no name
        return [class_name(kind), value.value if isinstance(value, Flag) else value.name]
    if isinstance(value, type):
        return ["class", class_name(value)]
    raise TypeError(f"a {import_path(kind)} has no lasting description")


def has_name(zone: Any) -> bool:
    """Whether the repr() of a time zone tells it apart: two may agree today, not in summer."""
    return zone is None or type(zone) is timezone or (type(zone) is ZoneInfo and bool(zone.key))


def class_name(kind: type) -> str:
    """Return the name that finds a class in every process. Raises TypeError for a local one."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    found: Any = sys.modules.get(kind.__module__)
    for each in kind.__qualname__.split("."):
        found = getattr(found, each, None)
    if found is not kind:
        raise TypeError(f"{name} cannot be found by that name")
    return name
