"""Counts sign-in attempts before a password is checked (Flask: as with Flask-Limiter).

An attempt is counted atomically before anything is looked up, so parallel guesses count too. All
spellings of a name count as one account. A success resets the count of that account at that
address. While the cache is away no attempt is let through: its error is raised.
"""

import math
from ipaddress import IPv6Address, ip_network
from typing import Any, cast

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from core.db.text import fold
from core.http.attempts import Limit, key_of, over
from core.http.error_pages import prefers_json, too_many
from core.http.ip_addresses import parsed

ACCOUNT_AT_ADDRESS = Limit("account+address", 10, 5 * 60)
ADDRESS = Limit("address", 50, 5 * 60)
ACCOUNT = Limit("account", 100, 60 * 60)  # high: others must not lock an account easily
REGISTRATION = Limit("registration", 30, 60 * 60)  # each one also tells whether a name is taken

TOO_MANY = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute.",
    "Too many attempts. Try again in %(minutes)d minutes.",
    "minutes",
)
WRONG = _("This is not your present password.")


def count_attempt(username: str, address: str) -> int:
    """Count one attempt; the seconds to wait if it is one too many, else 0."""
    account, network = fold(username), network_of(address)
    # In this order, and no further: an attempt that one limit refuses must not use up the
    # next, or one address could lock an account for everybody.
    return (
        (over(ADDRESS, network) if network else 0)  # an unnamed proxy's visitors are many people
        or over(ACCOUNT_AT_ADDRESS, f"{account}@{network}")
        or over(ACCOUNT, account)
    )


def count_registration(address: str) -> int:
    """Count one attempt to register; the seconds to wait if it is one too many, else 0."""
    network = network_of(address)
    return over(REGISTRATION, network) if network else 0


def reset_attempts(username: str, address: str) -> None:
    """Reset the count of an account at an address, after a success there."""
    cache.delete(key_of(ACCOUNT_AT_ADDRESS, f"{fold(username)}@{network_of(address)}"))


def network_of(address: str) -> str:
    """An IPv4 address itself; of an IPv6 address the /64, which one person has whole."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), False))
    return str(found) if found else address  # the peer of a socket file has none


class CountedForm:
    """Mixed into a form whose attempts are counted before anything is looked up."""

    wait = 0  # seconds, after too many attempts

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    @property
    def address(self) -> str:
        return str(self.request.META.get("REMOTE_ADDR", ""))

    def refuse(self, wait: int) -> None:
        """Raises ValidationError if `wait`, in seconds, is not 0."""
        self.wait = wait
        if wait:
            minutes = math.ceil(wait / 60)
            raise ValidationError(TOO_MANY % {"minutes": minutes}, "too_many_attempts")

    def check_present(self, password: str) -> str:
        """The password, if it is the signed-in user's; otherwise raises ValidationError."""
        user = cast(User, self.request.user)
        self.refuse(count_attempt(user.username, self.address))
        if not user.check_password(password):
            raise ValidationError(WRONG, "wrong_password")
        reset_attempts(user.username, self.address)
        return password


def form_page(
    request: HttpRequest, template: str, form: CountedForm, **context: Any
) -> HttpResponse:
    """The page of a counted form: 200, or 429 with Retry-After after too many attempts."""
    if form.wait and prefers_json(request):
        return too_many(request, form.wait)
    status = 429 if form.wait else 200
    response = render(request, template, {"form": form, **context}, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response
