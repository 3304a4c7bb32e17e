"""Reads DATABASE_URL for core.settings, as core.env reads the other variables.

Guarantees that a URL which would be misread is refused: a `/` in a password that is not
percent-encoded would otherwise end the host's name. No refusal shows the URL.
"""

import os
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from environ import Env

from core.env import ENCODE, is_misread, read, refusal, text

ENGINES = {"mysql": "core.mysql_pool", "sqlite": "core.sqlite"}
FILES = {"ssl_ca": "ca", "ssl_cert": "cert", "ssl_key": "key"}  # as mysqlclient calls them in `ssl`
OPTIONS = {"unix_socket", "ssl_mode", "connect_timeout", *FILES}  # what may stand behind "?"
SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
ALLOWED = f"mysql://user:password@host:3306/name or sqlite:////absolute/path; {ENCODE}"


def database(name: str, default: str) -> dict[str, Any]:
    """A database URL as Django's DATABASES entry: mysql through the pool, or sqlite."""
    try:
        config = Env.db_url_config(text(name, default))
        parts = _split(read[name])
    except (ValueError, KeyError):
        raise refusal(name, ALLOWED) from None
    if parts.scheme not in ENGINES or config["NAME"] in {"", ":memory:"} or _is_misread(parts):
        raise refusal(name, ALLOWED)
    said = parse_qsl(parts.query, keep_blank_values=True)
    of_driver = config.get("OPTIONS", {}).keys()  # not CONN_MAX_AGE, which is Django's
    options = {word: value for word, value in said if word in of_driver or not value}
    return {
        **config,
        "OPTIONS": driver_options(name, options),
        "ENGINE": ENGINES[parts.scheme],
    }


def _split(url: str) -> SplitResult:
    """As django-environ does, which takes a `#` before any `/` for one of the password."""
    parts = urlsplit(url)
    return parts if parts.path else urlsplit(url.replace("#", "%23"))


def _is_misread(parts: SplitResult) -> bool:
    return bool(parts.fragment) if parts.scheme == "sqlite" else is_misread(parts)


def driver_options(name: str, options: dict[str, str]) -> dict[str, Any]:
    """What stands behind `?`, as keyword arguments of mysqlclient."""
    if unknown := options.keys() - OPTIONS:
        raise refusal(name, f"only {', '.join(sorted(OPTIONS))} behind ?, not {unknown.pop()}")
    if empty := [word for word, value in options.items() if not value]:
        raise refusal(name, f"a value for {empty[0]} behind ?")
    if options.get("ssl_mode", SSL_MODES[0]) not in SSL_MODES:
        raise refusal(name, f"one of {', '.join(SSL_MODES)} as ssl_mode")
    plain = {word: value for word, value in options.items() if word not in FILES}
    return plain | connect_timeout(name, options) | ssl(name, options)


def connect_timeout(name: str, options: dict[str, str]) -> dict[str, int]:
    """In whole seconds, since the driver counts no parts of one."""
    value = options.get("connect_timeout")
    if value is None:
        return {}
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:5]) <= 3600):
        raise refusal(name, "whole seconds from 1 to 3600 as connect_timeout")
    return {"connect_timeout": int(value)}


def ssl(name: str, options: dict[str, str]) -> dict[str, dict[str, str]]:
    """The certificates; that of a client is nothing without its key."""
    files = {FILES[word]: path for word, path in options.items() if word in FILES}
    if ("cert" in files) != ("key" in files):
        raise refusal(name, "ssl_cert and ssl_key together, or neither")
    for word, path in options.items():
        if word in FILES and not (os.path.isfile(path) and os.access(path, os.R_OK)):
            raise refusal(name, f"a file that can be read as {word}, not {path!r}")
    return {"ssl": files} if files else {}
