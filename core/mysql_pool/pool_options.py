"""POOL_OPTIONS, with PooledDB's names, and the values that each may have.

Guarantees: an option that is unknown or out of range raises ImproperlyConfigured before the first
connection. django-db-connection-pool ignores such options silently.
"""

import math
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured

Rule = tuple[Callable[[Any], bool], str]
POSITIVE: Rule = (lambda value: _is_whole(value) and value > 0, "a whole number above 0")
NATURAL: Rule = (lambda value: _is_whole(value) and value >= 0, "a whole number, 0 or more")
SECONDS: Rule = (lambda value: _is_span(value, math.inf), "seconds above 0")
LONGEST_WAIT = 3600
RULES: dict[str, Rule] = {
    "MAX_CONNECTIONS": POSITIVE,
    "MIN_CACHED": NATURAL,
    "MAX_CACHED": POSITIVE,
    "BLOCKING": (lambda value: isinstance(value, bool), "True or False"),
    "TIMEOUT": (
        lambda value: _is_span(value, LONGEST_WAIT),
        f"seconds above 0, at most {LONGEST_WAIT}",
    ),
    "MAX_USAGE": NATURAL,
    "SET_SESSION": (
        lambda value: isinstance(value, list | tuple) and all(isinstance(v, str) for v in value),
        "a list of SQL statements",
    ),
    "PING": (lambda value: value in ("idle", "checkout", "never"), "idle, checkout or never"),
    "RECYCLE": SECONDS,
    "RELEASE": (lambda value: value in ("request", "transaction"), "request or transaction"),
    "LEAK_AFTER": SECONDS,
}
DEFAULTS: dict[str, Any] = {
    "MAX_CONNECTIONS": 6,
    "BLOCKING": True,
    "TIMEOUT": 5,
    "MAX_USAGE": 0,
    "SET_SESSION": [],
    "PING": "idle",
    "RECYCLE": 900,
    "RELEASE": "request",
    "LEAK_AFTER": 30,
}


def pool_options(settings_dict: dict[str, Any]) -> dict[str, Any]:
    """All options of a DATABASES entry, with defaults for those that are missing.

    Raises ImproperlyConfigured for CONN_MAX_AGE other than 0 (a kept connection would
    never come back to the pool), an unknown option, or a value outside its range.
    """
    if (age := settings_dict.get("CONN_MAX_AGE", 0)) != 0 or isinstance(age, bool):
        raise ImproperlyConfigured("CONN_MAX_AGE must be 0: the pool keeps the connections.")
    given = settings_dict.get("POOL_OPTIONS", {})
    for name, value in given.items():
        if name not in RULES:
            raise ImproperlyConfigured(
                f"POOL_OPTIONS[{name!r}] is not an option; there are {', '.join(RULES)}."
            )
        accepts, allowed = RULES[name]
        if not accepts(value):
            raise ImproperlyConfigured(f"POOL_OPTIONS[{name!r}]: give {allowed}, not {value!r}.")
    cap = given.get("MAX_CONNECTIONS", DEFAULTS["MAX_CONNECTIONS"])
    most = min(cap, given.get("MAX_CACHED", cap))
    options = DEFAULTS | {"MIN_CACHED": min(2, most), "MAX_CACHED": cap} | given
    for name in ("MIN_CACHED", "MAX_CACHED"):
        if options[name] > cap:
            raise ImproperlyConfigured(f"POOL_OPTIONS[{name!r}] is above MAX_CONNECTIONS, {cap}.")
    if options["MIN_CACHED"] > options["MAX_CACHED"]:
        raise ImproperlyConfigured(
            "POOL_OPTIONS['MIN_CACHED'] is above POOL_OPTIONS['MAX_CACHED']."
        )
    return options


def _is_span(value: Any, most: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 < value <= most
        and value < math.inf
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
