"""A session as stored bytes: JSON by msgspec (Flask-Session: SESSION_SERIALIZATION_FORMAT).

Only JSON types are stored, and they are read as they were stored; anything else is a TypeError
that names the key. Bytes that are not a whole payload decode as None. Decoding runs no code.
"""

import logging
import math
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.sessions import session_settings

suspicious = logging.getLogger("django.security.SuspiciousSession")
EXPIRY = "_session_expiry"  # Django's own key
MOST_SECONDS = 10**11  # seconds: three thousand years, which a date can still hold
VERSION_END = len('{"version":"0123456789abcdef"')


class Payload(msgspec.Struct):
    version: str  # random, new with each save
    created: int  # seconds since 1970
    values: dict[str, Any]


class RawPayload(msgspec.Struct):
    """The same with each value as its JSON, to compare and to merge."""

    version: str
    created: int
    values: dict[str, msgspec.Raw]


PLAIN = frozenset({str, int, bool, type(None)})
# str.__str__: a SafeString is stored as the str it is
encoder = msgspec.json.Encoder(enc_hook=str.__str__)
decode_payload = msgspec.json.Decoder(Payload).decode
decode_raw = msgspec.json.Decoder(RawPayload).decode


def decode(data: bytes | str) -> Payload | None:
    try:
        payload = decode_payload(data)
        check_stored_expiry(payload.values.get(EXPIRY))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        suspicious.warning("Session data corrupted")
        return None
    return payload


def check_stored_expiry(expiry: Any) -> None:
    """Raises ValueError unless Django can compute an expiry from it."""
    is_date = isinstance(expiry, str) and datetime.fromisoformat(expiry).tzinfo is not None
    is_seconds = type(expiry) is int and 0 <= expiry <= MOST_SECONDS
    if not (is_date or expiry is None or is_seconds):
        raise ValueError("a session's expiry is seconds or a time with its zone")


def valid_expiry(value: Any) -> Any:
    """An argument of set_expiry(), cut to SESSION_ABSOLUTE_LIFETIME; TypeError for other types."""
    longest = session_settings.absolute_lifetime()
    if isinstance(value, timedelta):
        return max(timedelta(days=-1), min(value, timedelta(seconds=longest)))
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if type(value) is int or (isinstance(value, float) and value.is_integer()):
        return int(max(-1, min(value, longest)))
    if value is not None:
        allowed = "whole seconds, a timedelta, a datetime with its zone, or None"
        raise TypeError(f"set_expiry({value!r}): allowed are {allowed}.")
    return None


def is_blank(values: dict[str, Any]) -> bool:
    """Whether there is nothing to store: no value but the expiry."""
    return not values.keys() - {EXPIRY}


def encode(created: int, values: dict[str, Any]) -> bytes:
    """The whole session under a new version; raises TypeError for a value that is not JSON."""
    try:
        if is_json(values):
            return join(created, values)
    except (RecursionError, UnicodeEncodeError):
        pass
    return join(created, raw_values(values))  # which raises for the key at fault


def join(created: int, values: dict[str, Any]) -> bytes:
    return encoder.encode(Payload(secrets.token_hex(8), created, values))


def version_prefix(data: bytes) -> bytes:
    """The beginning of encoded data up to its version; no other save's data begin with it."""
    return data[:VERSION_END]


def raw_values(values: dict[str, Any]) -> dict[str, msgspec.Raw]:
    return {key: raw_value(key, value) for key, value in values.items()}


def raw_value(key: str, value: Any) -> msgspec.Raw:
    try:
        if isinstance(key, str) and is_json(value):
            key.encode()
            return msgspec.Raw(encoder.encode(value))
    except (RecursionError, UnicodeEncodeError):  # it contains itself, or a lone surrogate
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
