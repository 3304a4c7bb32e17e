"""Parses an anonymous request into a lookup: the page's key, its encoding and whether it is a HEAD.

    lookups = Lookups()
    lookup = lookups[tuple(map(environ.get, lookups.variables))]      None: no page is kept for it

Guarantees: a lookup depends on these variables alone. The latest ones are remembered, some
megabytes of them at most, so a request like an earlier one costs one access to a dict.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from core.http.proxies import FORWARDED, PROTO, counted_headers
from core.page_cache.page_key import Key, key_of

MOST = 2048
LONGEST = 2500  # characters of a request that is remembered
LONGEST_CODING = 300  # characters of an Accept-Encoding; a browser's has 25
CODING = re.compile(r"([a-z-]+|\*)(?:[ \t]*;[ \t]*q=([01]|0?\.\d{1,3}|[01]\.\d{0,3}))?")
VARIABLES = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "QUERY_STRING",
    "SCRIPT_NAME",
    "wsgi.url_scheme",
    "CONTENT_TYPE",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
)
Values = tuple[str | None, ...]


class Lookup(NamedTuple):
    """`is_packed`: the page is sent compressed. `is_head`: its headers are sent alone."""

    key: Key
    is_packed: bool
    is_head: bool


class Lookups(dict[Values, Lookup | None]):
    """Lookups by the values of `variables`, which are names of an environ."""

    def __init__(self) -> None:
        rule = settings.SECURE_PROXY_SSL_HEADER
        header = FORWARDED if counted_headers() == "forwarded" else PROTO
        self.variables = (*VARIABLES, header, "REMOTE_ADDR") if rule else VARIABLES

    def __missing__(self, asked: Values) -> Lookup | None:
        given = zip(self.variables, asked, strict=True)
        lookup = lookup_of({name: value for name, value in given if value is not None})
        if lookup and sum(map(len, filter(None, asked))) <= LONGEST:
            self._remember(asked, lookup)
        return lookup

    def _remember(self, asked: Values, lookup: Lookup) -> None:
        if len(self) >= MOST:
            self.clear()
        self[asked] = lookup


def lookup_of(environ: dict[str, str]) -> Lookup | None:
    key = key_of(environ)
    if key is None:
        return None
    coding = environ.get("HTTP_ACCEPT_ENCODING", "")
    is_packed = len(coding) <= LONGEST_CODING and accepts_gzip(coding)
    return Lookup(key, is_packed, environ["REQUEST_METHOD"] == "HEAD")


@lru_cache(maxsize=1024)
def accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding (RFC 9110, 12.5.3) accepts gzip, and does not prefer `identity`."""
    qualities = dict(map(with_quality, header.lower().split(",")))
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return 0 < gzip >= qualities.get("identity", 0.0)


def with_quality(coding: str) -> tuple[str, float]:
    """`gzip;q=0.5` as ("gzip", 0.5); text of another form as ("", 0.0)."""
    found = CODING.fullmatch(coding.strip(" \t"))
    return (found[1], float(found[2] or 1)) if found else ("", 0.0)
