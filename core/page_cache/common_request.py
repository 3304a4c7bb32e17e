"""The request from which a page is rendered once for all readers, and its key.

It holds what the key holds and nothing else, so a page made from it is the same for each request
with this key: no cookies, no messages, no other headers. `user` and `session` raise ReaderAsked.
"""

from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from django.http import HttpRequest
from django.utils.timezone import get_current_timezone_name

from core.page_cache.gaps import Gaps
from core.page_cache.page_key import is_too_long, prefers_html

NAMES = ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
DIFFERS = "is not the same for all readers of a public page."


class CommonKey(NamedTuple):
    """The facts of a request that a public page depends on."""

    language: str | None
    is_html: bool
    zone: str
    path: str
    query: str
    root: str
    host: str
    scheme: str
    signed_in: bool | None = None  # None: the page is the same for all


class ReaderAsked(AttributeError):  # noqa: N818
    """A view wants to know who reads: its page is made for this reader alone."""


class KeyMeta(dict[str, Any]):
    """The entries of META that the key holds. Raises ReaderAsked for any other name."""

    def __missing__(self, name: str) -> NoReturn:
        raise ReaderAsked(f"request.META[{name!r}] {DIFFERS}")


class BareRequest(HttpRequest):
    """A request with what the key holds: no cookies, and no header of the visitor."""

    def __init__(self, request: HttpRequest, key: CommonKey) -> None:
        super().__init__()
        self.method, self.path, self.path_info = "GET", request.path, request.path_info
        self.GET, self.resolver_match = request.GET, request.resolver_match
        self.LANGUAGE_CODE = key.language or ""
        accepted = "text/html" if key.is_html else "application/json"
        kept = {name: request.META[name] for name in NAMES if name in request.META}
        self.META = KeyMeta(kept, REQUEST_METHOD="GET", HTTP_ACCEPT=accepted)
        self._own_scheme = key.scheme

    def _get_scheme(self) -> str:
        return self._own_scheme


class VisitorRequest(BareRequest):
    """The request for which the parts of a page that all anonymous visitors share are rendered."""

    def __init__(self, request: HttpRequest, key: CommonKey) -> None:
        from django.contrib.auth.models import AnonymousUser  # core.wsgi imports this before apps

        super().__init__(request, key)
        self.user = AnonymousUser()


class CommonRequest(BareRequest):
    def __init__(self, request: HttpRequest, key: CommonKey) -> None:
        super().__init__(request, key)
        self.gaps = Gaps()
        self._reader = request  # templates cannot name what begins with _
        self.signed_in: bool | None = None  # until it is asked for

    def is_signed_in(self) -> bool:
        """All that a page may be told of its readers outside of their parts."""
        self.signed_in = bool(self._reader.user.is_authenticated)
        return self.signed_in

    def __getattr__(self, name: str) -> NoReturn:
        raise ReaderAsked(f"request.{name} {DIFFERS}")


def common_key(request: HttpRequest, language: str | None) -> CommonKey | None:
    """The key of the page that is asked for; None for a request that can share no page."""
    meta = request.META
    if request.method not in ("GET", "HEAD") or "charset" in meta.get("CONTENT_TYPE", "").lower():
        return None
    if "HTTP_AUTHORIZATION" in meta:
        return None
    host = meta.get("HTTP_HOST") or f"{meta['SERVER_NAME']}:{meta['SERVER_PORT']}"
    is_html, zone = html(meta.get("HTTP_ACCEPT", "")), get_current_timezone_name()
    address = meta["PATH_INFO"], meta.get("QUERY_STRING", ""), meta.get("SCRIPT_NAME", ""), host
    key = CommonKey(language, is_html, zone, *address, request.scheme or "")
    return None if is_too_long(address) else key


html: Any = lru_cache(maxsize=1024)(prefers_html)
