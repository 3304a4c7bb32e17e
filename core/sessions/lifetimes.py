"""How long a session lives, as its program and its cookie say (Flask: session.permanent).

Promises: a lifetime that cannot be kept is refused by name, one past the absolute lifetime is cut.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from core.sessions import payload, signed_cookie


def sound_expiry(value: Any) -> Any:
    """A lifetime that both stores understand; a float only if it is of whole seconds."""
    longest = settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME
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


def life_of(values: dict[str, Any]) -> str:
    """How long the cookie says that this session lives: see core.sessions.signed_cookie."""
    expiry = values.get(payload.EXPIRY)
    if not expiry:  # also 0, until the browser closes: the store keeps it as long as any
        return signed_cookie.SITES
    return str(expiry) if isinstance(expiry, int) else signed_cookie.FIXED
