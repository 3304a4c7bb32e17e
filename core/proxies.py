"""Whose forwarded headers count: the addresses of DJANGO_TRUSTED_PROXIES (werkzeug's ProxyFix).

Promises: nobody else's do; an address that cannot be read is nobody's.
"""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from django.conf import settings


def is_trusted(address: str) -> bool:
    """Is it one of TRUSTED_PROXIES? The peer of a socket file has the address ''."""
    return is_one_of(address, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=1024)
def is_one_of(address: str, proxies: tuple[str, ...]) -> bool:
    if not address:
        return "unix" in proxies
    try:
        return any(ip_address(address) in ip_network(each) for each in proxies if each != "unix")
    except ValueError:
        return False
