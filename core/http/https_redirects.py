"""Names the proxy whose visitors are redirected to HTTPS in a circle, since it is not trusted.

Such a proxy has been spoken to over HTTPS and says so; nobody believes it, so the visitor is sent
to the address that was asked for already, again and again. The log is where the operator looks.
"""

import logging
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.http.forwarded_header import elements
from core.http.proxies import FORWARDED, PROTO, counted_headers, is_trusted

_told = Lock()  # taken by the first thread that logs, and never released: once for each process
logger = logging.getLogger(__name__)


def claims_https(headers: dict[str, Any]) -> bool:
    """Does the peer say that the visitor came over HTTPS? Nobody has to believe it."""
    said = headers.get(PROTO, "").split(",", 1)[0].strip().lower()
    return said == "https" or any(
        each.get("proto", "").lower() == "https" for each in elements(headers.get(FORWARDED, ""))
    )


def note_redirect(request: HttpRequest, peer: str) -> None:
    """Log the redirect that is about to come; `peer` is '' for one on a socket file."""
    if not settings.SECURE_SSL_REDIRECT or request.is_secure() or not _told.acquire(blocking=False):
        return
    logger.warning(
        "Redirecting %r to https, although its peer %s says that it came over https. %s",
        request.get_full_path()[:200], peer or "on a socket file", advice(peer),
    )  # fmt: skip


def advice(peer: str) -> str:
    if is_trusted(peer):
        return (
            f"That peer is in DJANGO_TRUSTED_PROXIES, but DJANGO_PROXY_HEADERS counts "
            f"{counted_headers()}: name the headers that your proxy sends; see docs/servers.md."
        )
    return (
        f"If that is your proxy, set DJANGO_TRUSTED_PROXIES={peer or 'unix'} (with those that are "
        "named there already); otherwise anybody may say so. This is logged once a process."
    )
