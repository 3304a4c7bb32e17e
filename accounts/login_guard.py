"""Counts sign-in attempts before a password is checked (Flask: as with Flask-Limiter).

An attempt is counted atomically before anything is looked up, so parallel guesses count too. All
spellings of a name count as one account. A device that has signed in to the account before has an
allowance of its own (known_devices.py), so that an attacker's guesses cannot shut its owner out.
While the store of the counts is away no attempt is let through: its error is raised.
"""

import math
from ipaddress import IPv6Address, ip_network
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.mail_links import LIFETIMES
from accounts.mail_links import RESET as RESET_LINK
from accounts.models import User
from core.db.text import fold
from core.http.attempts import Limit, forget, give_back, over
from core.http.error_pages import prefers_json, too_many
from core.http.ip_addresses import parsed

ACCOUNT_AT_ADDRESS = Limit("account+address", 10, 5 * 60)
ADDRESS = Limit("address", 50, 5 * 60)
ACCOUNT = Limit("account", 100, 60 * 60)  # of devices that have not signed in to it before
KNOWN_DEVICE = Limit("device", 10, 5 * 60)
PRESENT_PASSWORD = Limit("present", 10, 5 * 60)  # for each session
PASSWORD = Limit("password", 30, 10 * 60)  # accounts on which one password is tried
PASSWORD_ON_ACCOUNT = Limit("password+account", 1, PASSWORD.window)  # further tries are the same
# Mails that one e-mail address may be sent while the link of the first is valid: so requests of an
# attacker cannot leave its owner without one.
RESET = Limit("reset", 5, LIFETIMES[RESET_LINK].seconds)
RESET_NETWORK = Limit("reset+network", 20, 60 * 60)
CONFIRMATION = Limit("confirmation", 10, 60 * 60)  # of addresses, for each account
CONFIRMED_ADDRESS = Limit("confirmation+address", 5, 60 * 60)  # whatever the account
REGISTRATION = Limit("registration", 30, 60 * 60)  # each one also tells whether a name is taken

TOO_MANY = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute.",
    "Too many attempts. Try again in %(minutes)d minutes.",
    "minutes",
)
WRONG = _("This is not your present password.")


def count_attempt(username: str, address: str, password: str = "", device: str = "") -> int:
    """Count one attempt; the seconds to wait if it is one too many, else 0.

    `device` is the id of a device that has signed in to this account before, "" for any other.
    """
    if device:
        return over(KNOWN_DEVICE, device)
    account, network = fold(username), network_of(address)
    # In this order, and no further: an attempt that one limit refuses must not use up the
    # next, or one address could shut an account for every new device.
    return (
        (over(ADDRESS, network) if network else 0)  # an unnamed proxy's visitors are many people
        or over(ACCOUNT_AT_ADDRESS, f"{account}@{network}")
        or (count_password(password, account) if password else 0)
        or over(ACCOUNT, account)
    )


def count_password(password: str, account: str) -> int:
    """Count an account on which this password is tried; repeating it there counts once."""
    digest = digest_of(password)
    is_repeated = over(PASSWORD_ON_ACCOUNT, f"{digest}@{account}")
    return 0 if is_repeated else over(PASSWORD, digest)


def digest_of(password: str) -> str:
    """A keyed hash, from which no password can be guessed without the site's secret key."""
    return salted_hmac("accounts.tried-password", password, algorithm="sha256").hexdigest()


def count_registration(address: str) -> int:
    """Count one attempt to register; the seconds to wait if it is one too many, else 0."""
    network = network_of(address)
    return over(REGISTRATION, network) if network else 0


def count_reset(email: str, address: str) -> int:
    """Count a request for a reset; the seconds to wait if it is one too many, else 0."""
    network = network_of(address)
    return (over(RESET_NETWORK, network) if network else 0) or over(RESET, fold(email))


def count_confirmation(address: str) -> int:
    """Count a mail to an address that an account is to get; the seconds to wait, else 0."""
    sends = bool(address) and settings.INKPOOL_SENDS_MAIL
    return over(CONFIRMED_ADDRESS, fold(address)) if sends else 0


def reset_attempts(username: str, address: str, password: str = "", device: str = "") -> None:
    """After a success, forget the attempts of this device, or of the account at this address.

    Of the counts that others share, only the successful attempt itself is taken back: a password
    that fits one account of an attacker must stay counted on all the others.
    """
    if device:
        forget(KNOWN_DEVICE, device)
        return
    account = fold(username)
    forget(ACCOUNT_AT_ADDRESS, f"{account}@{network_of(address)}")
    give_back(ACCOUNT, account)
    # Once for several sign-ins at a time, which were counted once.
    if password and forget(PASSWORD_ON_ACCOUNT, f"{digest_of(password)}@{account}"):
        give_back(PASSWORD, digest_of(password))


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
        """The password, if it is the signed-in user's; otherwise raises ValidationError.

        Each session has an allowance of its own, so that no guess at the sign-in form keeps its
        user from changing the password.
        """
        user = cast(User, self.request.user)
        subject = f"{user.pk}@{self.request.session.id_hash}"
        self.refuse(over(PRESENT_PASSWORD, subject))
        if not user.check_password(password):
            raise ValidationError(WRONG, "wrong_password")
        forget(PRESENT_PASSWORD, subject)
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
