"""What a session is at rest: msgspec's JSON (Flask-Session: SESSION_SERIALIZATION_FORMAT).

Promises: JSON types only, and what is read is what was stored; anything else is a TypeError
that names the key. Bytes that are not a whole payload read as None; reading runs no code.
"""

import logging
import math
import secrets
from datetime import datetime
from typing import Any

import msgspec

suspicions = logging.getLogger("django.security.SuspiciousSession")
EXPIRY = "_session_expiry"  # Django's own key
LONGEST = 10**11  # seconds: three thousand years, which a date still holds
STAMP = len('{"version":"0123456789abcdef"')


class Payload(msgspec.Struct):
    version: str  # another one with each save
    created: int  # seconds since 1970
    values: dict[str, Any]


class Parts(msgspec.Struct):
    """The same with each value as its JSON, to compare and to merge."""

    version: str
    created: int
    values: dict[str, msgspec.Raw]


PLAIN = frozenset({str, int, bool, type(None)})
# str.__str__: a SafeString is stored as the str it is
encoder = msgspec.json.Encoder(enc_hook=str.__str__)
read_payload = msgspec.json.Decoder(Payload).decode
read_parts = msgspec.json.Decoder(Parts).decode


def decode(data: bytes | str) -> Payload | None:
    try:
        payload = read_payload(data)
        check_expiry(payload.values.get(EXPIRY))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        suspicions.warning("Session data corrupted")
        return None
    return payload


def check_expiry(expiry: Any) -> None:
    """Raises ValueError unless Django can make a time of it."""
    dated = isinstance(expiry, str) and datetime.fromisoformat(expiry).tzinfo is not None
    counted = type(expiry) is int and 0 <= expiry <= LONGEST
    if not (dated or expiry is None or counted):
        raise ValueError("a session's expiry is seconds or a time with its zone")


def is_hollow(values: dict[str, Any]) -> bool:
    """Whether there is nothing in it but how long it would last."""
    return not values.keys() - {EXPIRY}


def encode(created: int, values: dict[str, Any]) -> bytes:
    """All of a session, under a new version."""
    try:
        if is_json(values):
            return join(created, values)
    except (RecursionError, UnicodeEncodeError):
        pass
    return join(created, parts(values))  # which knows the one to name


def join(created: int, values: dict[str, Any]) -> bytes:
    return encoder.encode(Payload(secrets.token_hex(8), created, values))


def stamp(data: bytes) -> bytes:
    """The beginning of encoded data, with their version: no other save's begin so."""
    return data[:STAMP]


def parts(values: dict[str, Any]) -> dict[str, msgspec.Raw]:
    return {key: part(key, value) for key, value in values.items()}


def part(key: str, value: Any) -> msgspec.Raw:
    """One value's JSON."""
    try:
        if isinstance(key, str) and is_json(value):
            key.encode()
            return msgspec.Raw(encoder.encode(value))
    except (RecursionError, UnicodeEncodeError):  # it contains itself, or half a character
        pass
    raise TypeError(
        f"session[{key!r}] cannot be stored: {type(value).__name__} is or holds something that "
        "is not JSON (None, bool, int, finite float, str, list, dict with str keys)."
    )


def is_json(value: Any) -> bool:
    kind = type(value)
    if kind in PLAIN:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is list:
        return all(map(is_json, value))
    if kind is dict:
        return all(type(key) is str and is_json(each) for key, each in value.items())
    return isinstance(value, str)
