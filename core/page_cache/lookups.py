"""What a stranger wishes, understood from his request (Flask: Werkzeug's request.accept_encodings).

    wishes = Wishes()
    wish = wishes[tuple(map(environ.get, wishes.by_which))]      None: nothing is kept for him

Promises: a wish depends on these values alone, so who asks the same has the same wish. The latest
ones are remembered, some megabytes of them at most: to understand a request that was made before
takes one look into a dict.
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
BY_WHICH = (
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


class Wish(NamedTuple):
    """The page under this key, compressed or as it is, or its headers alone."""

    key: Key
    is_packed: bool
    is_head: bool


class Wishes(dict[Values, Wish | None]):
    """By what was asked: the values of `by_which`, which are names of an environ."""

    def __init__(self) -> None:
        rule = settings.SECURE_PROXY_SSL_HEADER
        said = FORWARDED if counted_headers() == "forwarded" else PROTO
        self.by_which = (*BY_WHICH, said, "REMOTE_ADDR") if rule else BY_WHICH

    def __missing__(self, asked: Values) -> Wish | None:
        said = zip(self.by_which, asked, strict=True)
        wish = wish_of({name: value for name, value in said if value is not None})
        if wish and sum(map(len, filter(None, asked))) <= LONGEST:
            self._remember(asked, wish)
        return wish

    def _remember(self, asked: Values, wish: Wish) -> None:
        if len(self) >= MOST:
            self.clear()
        self[asked] = wish


def wish_of(environ: dict[str, str]) -> Wish | None:
    key = key_of(environ)
    if key is None:
        return None
    coding = environ.get("HTTP_ACCEPT_ENCODING", "")
    is_packed = len(coding) <= LONGEST_CODING and accepts_gzip(coding)
    return Wish(key, is_packed, environ["REQUEST_METHOD"] == "HEAD")


@lru_cache(maxsize=1024)
def accepts_gzip(wanted: str) -> bool:
    """Does this Accept-Encoding (RFC 9110, 12.5.3) like gzip, and at least as much as none?"""
    liked = dict(map(liking, wanted.lower().split(",")))
    gzip = liked.get("gzip", liked.get("x-gzip", liked.get("*", 0.0)))
    return 0 < gzip >= liked.get("identity", 0.0)


def liking(coding: str) -> tuple[str, float]:
    """`gzip;q=0.5` as ("gzip", 0.5); what is not of that form is not wanted at all."""
    found = CODING.fullmatch(coding.strip(" \t"))
    return (found[1], float(found[2] or 1)) if found else ("", 0.0)
