"""Packs values as bytes for Redis and unpacks them, without pickle (cachelib: a serializer).

A value comes back with its type: tuples, dates, Decimals and bytes too. A value of another type
raises TypeError, which names it. Bytes that were not packed here raise Damaged; whatever they are,
no code is run.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.utils.safestring import SafeString, mark_safe

from core.import_paths import import_path

PLAIN = frozenset([str, int, float, bool, type(None), bytes])
INT_BITS = 63  # the largest integer of msgpack


class Damaged(ValueError):  # noqa: N818
    """These bytes were not packed here."""


def pack(value: Any) -> bytes:
    """Return the value as bytes. Raises TypeError for another type, ValueError for a surrogate."""
    return encoder.encode(plain(value))


def unpack(packed: bytes) -> Any:
    """Return the packed value. Raises Damaged."""
    try:
        return decoder.decode(packed)
    except Exception as error:  # a forged date or tuple may raise any
        raise Damaged(str(error)) from error


def plain(value: Any) -> Any:
    """Return the value made of types that msgpack knows, and extensions for the others."""
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


def to_text(value: Any) -> bytes:
    return str(value).encode()


FOLD = "~"  # the second of two equal times, when clocks are set back


def to_iso(value: Any) -> bytes:
    return f"{value.isoformat()}{FOLD * getattr(value, 'fold', 0)}".encode()


def from_iso(kind: Any, packed: bytes) -> Any:
    written = packed.decode()
    moment = kind.fromisoformat(written.rstrip(FOLD))
    return moment.replace(fold=1) if written.endswith(FOLD) else moment


def to_list(value: Any) -> bytes:
    return pack(list(value))


# The numbers are stored in Redis, so a type never gets another one.
TYPES: dict[int, tuple[type, Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    1: (tuple, to_list, lambda packed: tuple(unpack(packed))),
    2: (datetime, to_iso, partial(from_iso, datetime)),
    3: (date, to_iso, partial(from_iso, date)),
    4: (time, to_iso, partial(from_iso, time)),
    5: (
        timedelta,
        lambda value: pack([value.days, value.seconds, value.microseconds]),
        lambda packed: timedelta(*unpack(packed)),
    ),
    6: (Decimal, to_text, lambda packed: Decimal(packed.decode())),
    7: (UUID, lambda value: value.bytes, lambda packed: UUID(bytes=packed)),
    8: (set, to_list, lambda packed: set(unpack(packed))),
    9: (frozenset, to_list, lambda packed: frozenset(unpack(packed))),
    10: (SafeString, to_text, lambda packed: mark_safe(packed.decode())),
    11: (int, to_text, lambda packed: int(packed)),
    12: (bytearray, bytes, bytearray),
    13: (memoryview, bytes, bytes),
    14: (dict, lambda value: to_list(value.items()), lambda packed: dict(unpack(packed))),
}
CODES = {kind: (code, to_bytes) for code, (kind, to_bytes, _) in TYPES.items()}


def from_extension(code: int, data: memoryview) -> Any:
    _, _, from_bytes = TYPES[code]
    return from_bytes(bytes(data))


encoder = msgspec.msgpack.Encoder()
decoder = msgspec.msgpack.Decoder(ext_hook=from_extension, strict=True)


class Serializer:
    """For django-redis' option SERIALIZER."""

    def __init__(self, options: object = None) -> None:
        pass

    def dumps(self, value: Any) -> bytes:
        return pack(value)

    def loads(self, value: bytes) -> Any:
        return unpack(value)
