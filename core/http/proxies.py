"""Reads the visitor's address and scheme from the headers of trusted proxies.

Guarantees: only the headers of peers in DJANGO_TRUSTED_PROXIES count, and an address that cannot be
parsed does not. A header whose name has an underscore never counts: gunicorn and runserver drop
it, but granian passes `X-Forwarded_For` and `X-Forwarded-For` to WSGI under one name. Under granian
these two count only if DJANGO_PROXY_HEADERS says that the proxy drops such names (`x-forwarded`),
or names the header that no underscore can imitate (`forwarded`, RFC 7239).
"""

import logging
import re
import sys
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, NamedTuple

from django.conf import settings

from core.http.ip_addresses import parsed, plain

FOR, PROTO, FORWARDED = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED"
# Characters that are read: of X-Forwarded-For the last ones, which the nearest proxies wrote; a
# longer Forwarded is ignored.
LONGEST = 2000

# Forwarded: `for=192.0.2.1;proto=https, for="[2001:db8::1]:99"`. It is matched as a whole, or a
# quotation mark that a visitor leaves open could swallow what the proxy appends.
_pair = r'[a-z]+=(?:"[^"\\]*"|[^\s",;=]+)'
_element = rf"{_pair}(?:\s*;\s*{_pair})*"
_header = re.compile(rf"\s*{_element}(?:\s*,\s*{_element})*\s*", re.IGNORECASE)
_elements, _pairs = re.compile(_element, re.IGNORECASE), re.compile(_pair, re.IGNORECASE)

logger = logging.getLogger(__name__)


class Visit(NamedTuple):
    """The address and scheme that a visitor has; the scheme is None if no proxy names it."""

    address: str
    scheme: str | None = None


def is_trusted(address: str) -> bool:
    """Whether it is in DJANGO_TRUSTED_PROXIES. The peer of a socket file has the address ''."""
    return is_one_of(address, tuple(settings.INKPOOL_TRUSTED_PROXIES))


@lru_cache(maxsize=1024)
def is_one_of(address: str, proxies: tuple[str, ...]) -> bool:
    if not address:
        return "unix" in proxies
    found = parsed(address)
    return found is not None and any(found in network_of(each) for each in proxies)


@lru_cache(maxsize=1024)
def network_of(proxy: str) -> Any:
    """An entry of DJANGO_TRUSTED_PROXIES as a network; that of `unix` is empty."""
    if proxy == "unix":
        return ()
    network = ip_network(proxy)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return ip_network((mapped, max(0, network.prefixlen - 96))) if mapped else network


def visit(environ: dict[str, Any]) -> Visit:
    """The visitor's address and scheme: the peer's, or those that a trusted proxy names."""
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
    """The scheme is the one that the proxy nearest to the visitor names."""
    hops = elements(header)
    address, at = nearest(peer, [hop.get("for", "") for hop in hops])
    return Visit(address, hops[at].get("proto", "").lower() or None if hops else None)


def elements(header: str) -> list[dict[str, str]]:
    """The elements of Forwarded, the nearest proxy's last; names in lower case, values unquoted.

    None of a header that is malformed or too long.
    """
    if len(header) > LONGEST or not _header.fullmatch(header):
        return []
    return [dict(map(_unquoted, _pairs.findall(each))) for each in _elements.findall(header)]


def _unquoted(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name.lower(), value.strip('"')


def nearest(peer: str, hops: list[str]) -> tuple[str, int]:
    """The last address that is not a trusted proxy's, and its index in `hops`.

    The hops before one that cannot be parsed may be invented by the visitor, so they are ignored.
    """
    for at in reversed(range(len(hops))):
        address = parsed(hops[at])
        if address is None and hops[at].strip():
            return plain(peer), at
        if address is not None and not is_trusted(str(address)):
            return str(address), at
    return plain(peer), 0


def warn_of_granian() -> None:
    """Logs, at the start of a worker, that the proxies' headers do not count and what to do."""
    if settings.INKPOOL_TRUSTED_PROXIES and counted_headers() == "none":
        logger.error(
            "DJANGO_TRUSTED_PROXIES has no effect: granian cannot tell X-Forwarded_For from "
            "X-Forwarded-For. Set DJANGO_PROXY_HEADERS to forwarded (the proxy sends Forwarded) "
            "or to x-forwarded (it drops header names with an underscore); see docs/proxy.md."
        )
