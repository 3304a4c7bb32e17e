"""Reads DATABASE_URL for core.settings, as core.env reads the other variables.

Guarantees: a URL that would be misread is refused, such as one with a `/` in a password that is not
percent-encoded. Neither a refusal nor a warning shows the URL: django-environ, whose warnings show
the password, gets only URLs that have passed.
"""

import os
from collections import Counter
from typing import Any
from urllib.parse import ParseResult, SplitResult, parse_qsl, urlsplit

from environ import Env

from core.env import ENCODE, SECRETS, is_misread, is_readable, refusal, text

ENGINES = {"mysql": "core.mysql_pool", "sqlite": "core.sqlite"}
FILES = {"ssl_ca": "ca", "ssl_cert": "cert", "ssl_key": "key"}  # as mysqlclient calls them in `ssl`
OPTIONS = {"unix_socket", "ssl_mode", "connect_timeout", *FILES}  # after "?"
SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
ALLOWED = f"mysql://user:password@host:3306/name or sqlite:////absolute/path; {ENCODE}"


def database(name: str, default: str | None) -> dict[str, Any]:
    """A database URL as Django's DATABASES entry: mysql through the pool, or sqlite."""
    parts = _checked(name, text(name, default))
    options = driver_options(name, options_of(name, parts))
    path = parts.path.replace("+", "%2B")  # django-environ would read it as a space
    without_options = ParseResult(*parts[:2], path, params="", query="", fragment="")
    config = Env.db_url_config(without_options)
    if config["NAME"] == ":memory:":
        raise refusal(name, ALLOWED)
    return {**config, "OPTIONS": options, "ENGINE": ENGINES[parts.scheme]}


def source_config(name: str) -> dict[str, Any]:
    """The database that a command reads: the variable's name is typed, so it may be any."""
    SECRETS.add(name)
    return database(name, None)


def _checked(name: str, url: str) -> SplitResult:
    """The parts of the URL. Raises ImproperlyConfigured for one that would be misread."""
    try:
        parts = _split(url)
        is_whole = is_readable(url) and parts.port != 0 and len(parts.path) > 1
    except ValueError:  # not a port, or not an IPv6 address
        is_whole = False
    if not is_whole or parts.scheme not in ENGINES or _is_misread(parts):
        raise refusal(name, ALLOWED)
    return parts


def _split(url: str) -> SplitResult:
    """As django-environ does: a `#` before any `/` is part of the password."""
    parts = urlsplit(url)
    return parts if parts.path else urlsplit(url.replace("#", "%23"))


def _is_misread(parts: SplitResult) -> bool:
    """SQLite has no host: a name in its place would be ignored."""
    if parts.scheme == "sqlite":
        return bool(parts.fragment or parts.netloc)
    return is_misread(parts)


def options_of(name: str, parts: SplitResult) -> dict[str, str]:
    """The options after `?`, each at most once."""
    given = parse_qsl(parts.query, keep_blank_values=True)
    if parts.query and parts.scheme == "sqlite":
        raise refusal(name, f"a sqlite URL without options, not ?{given[0][0] if given else ''}")
    twice = [word for word, count in Counter(word for word, _ in given).items() if count > 1]
    if twice:
        raise refusal(name, f"{twice[0]} once behind ?, not twice or more")
    return dict(given)


def driver_options(name: str, options: dict[str, str]) -> dict[str, Any]:
    """The options after `?`, as keyword arguments of mysqlclient."""
    if unknown := options.keys() - OPTIONS:
        raise refusal(name, f"only {', '.join(sorted(OPTIONS))} behind ?, not {unknown.pop()}")
    if empty := [word for word, value in options.items() if not value]:
        raise refusal(name, f"a value for {empty[0]} behind ?")
    if options.get("ssl_mode", SSL_MODES[0]) not in SSL_MODES:
        raise refusal(name, f"one of {', '.join(SSL_MODES)} as ssl_mode")
    if options.get("ssl_mode") == "DISABLED" and (asked := sorted(options.keys() & FILES)):
        raise refusal(name, f"ssl_mode=DISABLED without {asked[0]}, or {asked[0]} without it")
    plain = {word: value for word, value in options.items() if word not in FILES}
    return plain | connect_timeout(name, options) | ssl(name, options)


def connect_timeout(name: str, options: dict[str, str]) -> dict[str, int]:
    """In whole seconds, as the driver wants them."""
    value = options.get("connect_timeout")
    if value is None:
        return {}
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:5]) <= 3600):
        raise refusal(name, "whole seconds from 1 to 3600 as connect_timeout")
    return {"connect_timeout": int(value)}


def ssl(name: str, options: dict[str, str]) -> dict[str, dict[str, str]]:
    """The files of certificates and keys."""
    files = {FILES[word]: path for word, path in options.items() if word in FILES}
    if ("cert" in files) != ("key" in files):
        raise refusal(name, "ssl_cert and ssl_key together, or neither")
    for word, path in options.items():
        if word in FILES and not (os.path.isfile(path) and os.access(path, os.R_OK)):
            raise refusal(name, f"a file that can be read as {word}, not {path!r}")
    return {"ssl": files} if files else {}
