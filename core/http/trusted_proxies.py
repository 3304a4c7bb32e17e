"""Takes a visitor's scheme and address from a trusted proxy (Flask: werkzeug's ProxyFix).

A proxy that is not trusted, but says that the visitor came over HTTPS, would be redirected to HTTPS
in a circle. Such a redirect is logged once in each process, with the variable to set.
"""

import logging
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.http import GetResponse
from core.http.proxies import FOR, FORWARDED, PROTO, counted_headers, elements, is_trusted, visit

DROPPED = (FOR, PROTO, FORWARDED, "HTTP_X_FORWARDED_HOST")

_first = Lock()  # acquired by the first thread that logs, and never released
logger = logging.getLogger(__name__)


def trusted_proxies(get_response: GetResponse) -> GetResponse:
    """Sets REMOTE_ADDR and the scheme, and drops the headers that name them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        address, scheme = visit(request.META)
        peer, is_claimed = request.META.get("REMOTE_ADDR", ""), claims_https(request.META)
        for header in DROPPED:
            request.META.pop(header, None)
        request.META["REMOTE_ADDR"] = address
        if scheme is not None:  # where SECURE_PROXY_SSL_HEADER looks for it
            request.META[PROTO] = scheme
        if is_claimed:
            log_redirect(request, peer)
        return get_response(request)

    return middleware


def claims_https(headers: dict[str, Any]) -> bool:
    """Whether the peer, trusted or not, says that the visitor came over HTTPS."""
    proto = headers.get(PROTO, "").split(",", 1)[0].strip().lower()
    return proto == "https" or any(
        each.get("proto", "").lower() == "https" for each in elements(headers.get(FORWARDED, ""))
    )


def log_redirect(request: HttpRequest, peer: str) -> None:
    """Logs the redirect that SecurityMiddleware is going to send; a socket file's peer is ''."""
    if (
        not settings.SECURE_SSL_REDIRECT
        or request.is_secure()
        or not _first.acquire(blocking=False)
    ):
        return
    logger.warning(
        "Redirecting %r to https, although its peer %s says that it came over https. %s",
        request.get_full_path()[:200], peer or "on a socket file", advice(peer),
    )  # fmt: skip


def advice(peer: str) -> str:
    if is_trusted(peer):
        return (
            f"That peer is in DJANGO_TRUSTED_PROXIES, but DJANGO_PROXY_HEADERS counts "
            f"{counted_headers()}: name the headers that your proxy sends; see docs/proxy.md."
        )
    return (
        f"If that is your proxy, set DJANGO_TRUSTED_PROXIES={peer or 'unix'} (with those that are "
        "named there already); otherwise anybody may say so. This is logged once a process."
    )
