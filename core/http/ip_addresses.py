"""Parses IP addresses into one spelling each, in which they are compared, counted and shown.

A socket bound to `[::]` names an IPv4 peer `::ffff:10.0.0.1`, and a proxy may append a port to an
address; one visitor would be counted as many, or many visitors as one.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

LONGEST = 60  # characters; an address with brackets, zone and port has fewer
# `10.0.0.1:99`, `[::1]:99` and `[::1]`; more than one colon without brackets is IPv6.
_port = re.compile(r"\[([^\]]*)\](?::[0-9]*)?|([^:]*):[0-9]*", re.ASCII)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address without port, zone and IPv4 mapping; None if `text` is not an address."""
    if len(text) > LONGEST:
        return None
    text = text.strip(' \t"')
    if found := _port.fullmatch(text):
        text = found[1] or found[2] or ""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))  # without the zone
    return address


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """The address in its one spelling; text that is not an address is returned as it is."""
    address = parsed(text)
    return str(address) if address else text
