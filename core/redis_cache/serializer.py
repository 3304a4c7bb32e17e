"""Values as bytes for Redis, exactly as they were and never by pickle (cachelib: a serializer).

Promises: what comes back has the types that went in: tuples, dates, Decimals and bytes too. A
value of any other type raises TypeError, which names it. Bytes that are not ours raise
Damaged; whatever they are, no code is run.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.utils.safestring import SafeString, mark_safe
from django_redis.serializers.base import BaseSerializer

from core.import_paths import import_path

PLAIN = frozenset([str, int, float, bool, type(None), bytes])
INT_BITS = 63  # what msgpack has room for


class Damaged(ValueError):  # noqa: N818
    """These bytes were not packed here."""


def pack(value: Any) -> bytes:
    """Raises TypeError for a type that has no form in bytes, ValueError for a broken string."""
    return encoder.encode(plain(value))


def unpack(packed: bytes) -> Any:
    """Raises Damaged."""
    try:
        return decoder.decode(packed)
    except Exception as error:  # whatever a forged date or tuple leads to
        raise Damaged(str(error)) from error


def plain(value: Any) -> Any:
    kind = type(value)
    if kind in PLAIN and not (kind is int and value.bit_length() > INT_BITS):
        return value
    if kind is list:
        return [plain(each) for each in value]
    if kind is dict and all(type(key) is str for key in value):
        return {key: plain(each) for key, each in value.items()}
    if kind not in CODES:
        raise TypeError(f"a {import_path(kind)} cannot be cached: {value!r}")
    code, to_bytes = CODES[kind]
    return msgspec.msgpack.Ext(code, to_bytes(value))


def text(value: Any) -> bytes:
    return str(value).encode()


FOLD = "~"  # the second of two equal times, when clocks are set back


def iso(value: Any) -> bytes:
    return f"{value.isoformat()}{FOLD * getattr(value, 'fold', 0)}".encode()


def from_iso(kind: Any, packed: bytes) -> Any:
    said = packed.decode()
    moment = kind.fromisoformat(said.rstrip(FOLD))
    return moment.replace(fold=1) if said.endswith(FOLD) else moment


def items(value: Any) -> bytes:
    return pack(list(value))


# The numbers stand in Redis: a type keeps its own for ever.
TYPES: dict[int, tuple[type, Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    1: (tuple, items, lambda packed: tuple(unpack(packed))),
    2: (datetime, iso, partial(from_iso, datetime)),
    3: (date, iso, partial(from_iso, date)),
    4: (time, iso, partial(from_iso, time)),
    5: (
        timedelta,
        lambda value: pack([value.days, value.seconds, value.microseconds]),
        lambda packed: timedelta(*unpack(packed)),
    ),
    6: (Decimal, text, lambda packed: Decimal(packed.decode())),
    7: (UUID, lambda value: value.bytes, lambda packed: UUID(bytes=packed)),
    8: (set, items, lambda packed: set(unpack(packed))),
    9: (frozenset, items, lambda packed: frozenset(unpack(packed))),
    10: (SafeString, text, lambda packed: mark_safe(packed.decode())),
    11: (int, text, lambda packed: int(packed)),
    12: (bytearray, bytes, bytearray),
    13: (memoryview, bytes, bytes),
    14: (dict, lambda value: items(value.items()), lambda packed: dict(unpack(packed))),
}
CODES = {kind: (code, to_bytes) for code, (kind, to_bytes, _) in TYPES.items()}


def from_extension(code: int, data: memoryview) -> Any:
    _, _, from_bytes = TYPES[code]
    return from_bytes(bytes(data))


encoder = msgspec.msgpack.Encoder()
decoder = msgspec.msgpack.Decoder(ext_hook=from_extension, strict=True)


class Serializer(BaseSerializer):
    """For django-redis' option SERIALIZER."""

    def dumps(self, value: Any) -> bytes:
        return pack(value)

    def loads(self, value: bytes) -> Any:
        return unpack(value)
