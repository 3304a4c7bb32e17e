"""Whose forwarded headers count: the addresses of DJANGO_TRUSTED_PROXIES (werkzeug's ProxyFix).

Guarantees that nobody else's do, and that an address which cannot be read is nobody's. A header
whose name has an underscore never counts: gunicorn and runserver drop it, but granian hands
`X-Forwarded_For` and `X-Forwarded-For` to WSGI under one name. There the two headers count only
when DJANGO_PROXY_HEADERS says that the proxy drops such names itself (`x-forwarded`), or names the
header that no underscore can imitate (`forwarded`, RFC 7239).
"""

import logging
import sys
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, NamedTuple

from django.conf import settings

from core.http.forwarded_header import elements
from core.http.ip_addresses import parsed, plain

FOR, PROTO, FORWARDED = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED"
LONGEST = 2000  # characters of X-Forwarded-For that are looked at, those of the nearest proxies

logger = logging.getLogger(__name__)


class Visit(NamedTuple):
    """Where a request comes from; the scheme is None where no proxy says it."""

    address: str
    scheme: str | None = None


def is_trusted(address: str) -> bool:
    """Is it one of TRUSTED_PROXIES? The peer of a socket file has the address ''."""
    return is_one_of(address, tuple(settings.INKPOOL_TRUSTED_PROXIES))


@lru_cache(maxsize=1024)
def is_one_of(address: str, proxies: tuple[str, ...]) -> bool:
    if not address:
        return "unix" in proxies
    found = parsed(address)
    return found is not None and any(found in network_of(each) for each in proxies)


@lru_cache(maxsize=1024)
def network_of(proxy: str) -> Any:
    """One of TRUSTED_PROXIES as a network; nothing is in that of a socket file."""
    if proxy == "unix":
        return ()
    network = ip_network(proxy)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return ip_network((mapped, max(0, network.prefixlen - 96))) if mapped else network


def visit(environ: dict[str, Any]) -> Visit:
    """The visitor's address and scheme: the peer's, or what a trusted proxy says of them."""
    peer, headers = environ.get("REMOTE_ADDR", ""), counted_headers()
    if headers == "none" or not is_trusted(peer):
        return Visit(plain(peer))
    if headers == "forwarded":
        return by_forwarded(peer, environ.get(FORWARDED, ""))
    hops = environ.get(FOR, "")[-LONGEST:].split(",")
    scheme = environ.get(PROTO)
    return Visit(nearest(peer, hops)[0], scheme and scheme.split(",", 1)[0].strip())


def counted_headers() -> str:
    """`x-forwarded`, `forwarded` or `none`."""
    if settings.INKPOOL_PROXY_HEADERS != "auto":
        return settings.INKPOOL_PROXY_HEADERS
    return "none" if serves_granian() else "x-forwarded"


def serves_granian() -> bool:
    return "granian.wsgi" in sys.modules


def by_forwarded(peer: str, header: str) -> Visit:
    """The scheme is what the visitor's own proxy says, not one that stands behind it."""
    hops = elements(header)
    address, at = nearest(peer, [hop.get("for", "") for hop in hops])
    return Visit(address, hops[at].get("proto", "").lower() or None if hops else None)


def nearest(peer: str, hops: list[str]) -> tuple[str, int]:
    """The last address that is not a trusted proxy's, and its place among `hops`.

    What stands before one that cannot be read may be anybody's invention, so it is not looked at.
    """
    for at in reversed(range(len(hops))):
        address = parsed(hops[at])
        if address is None and hops[at].strip():
            return plain(peer), at
        if address is not None and not is_trusted(str(address)):
            return str(address), at
    return plain(peer), 0


def warn_of_granian() -> None:
    """Say once for each worker that the proxies' headers do not count, and what to do."""
    if settings.INKPOOL_TRUSTED_PROXIES and counted_headers() == "none":
        logger.error(
            "DJANGO_TRUSTED_PROXIES has no effect: granian cannot tell X-Forwarded_For from "
            "X-Forwarded-For. Set DJANGO_PROXY_HEADERS to forwarded (the proxy sends Forwarded) "
            "or to x-forwarded (it drops header names with an underscore); see docs/servers.md."
        )
