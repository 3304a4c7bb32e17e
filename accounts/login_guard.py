"""Counts sign-in attempts before a password is looked at (Flask: what Flask-Limiter is used for).

Promises: an attempt is counted atomically and first, so parallel guesses count too; spellings
that mean one account count as one; a success forgives that account at that address. A damaged
count begins anew. A cache that is away lets nobody guess: the error goes up.
"""

from ipaddress import IPv6Address, ip_network

from django.core.cache import cache

from core.db.text import fold
from core.http.attempts import Limit, key_of, over
from core.http.ip_addresses import parsed

ACCOUNT_AT_ADDRESS = Limit("account+address", 10, 5 * 60)
ADDRESS = Limit("address", 50, 5 * 60)
ACCOUNT = Limit("account", 100, 60 * 60)  # high: others must not lock somebody out easily
REGISTRATION = Limit("registration", 30, 60 * 60)  # each one also tells whether a name is taken


def count_attempt(username: str, address: str) -> int:
    """Count one attempt; the seconds to wait when it is one too many, else 0."""
    account, place = fold(username), network_of(address)
    # In this order, and no further: an attempt that one limit refuses must not use up the
    # next, or one address could lock an account for everybody.
    return (
        (over(ADDRESS, place) if place else 0)  # an unnamed proxy's visitors are not one person
        or over(ACCOUNT_AT_ADDRESS, f"{account}@{place}")
        or over(ACCOUNT, account)
    )


def count_registration(address: str) -> int:
    """Count one attempt to register; the seconds to wait when it is one too many, else 0."""
    place = network_of(address)
    return over(REGISTRATION, place) if place else 0


def forgive(username: str, address: str) -> None:
    """Forget the attempts on an account at an address, after a success there."""
    cache.delete(key_of(ACCOUNT_AT_ADDRESS, f"{fold(username)}@{network_of(address)}"))


def network_of(address: str) -> str:
    """An IPv4 address; of an IPv6 address the /64, which one person has whole."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), False))
    return str(found) if found else address  # the peer of a socket file has none
