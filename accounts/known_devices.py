"""Recognises a device that has signed in to an account before, by a signed cookie.

The cookie is no credential: it gives the device an allowance of sign-in attempts of its own, which
an attacker without the cookie cannot use up. The scheme is OWASP's, "Slow Down Online Guessing
Attacks with Device Cookies".

Guarantees: a cookie counts for the account that it was made for only, until the password changes,
all devices are signed out, or its device is ended in the list of devices.
"""

from collections.abc import Iterable
from datetime import timedelta
from secrets import token_urlsafe
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import EndedDevice, User
from core.db.text import fold
from core.sessions.inspection import peek

MAX_AGE = 365 * 86400  # seconds; browsers keep no cookie longer than 400 days
SALT = "accounts.known-device"
DEVICE = "device"  # in the session: the id of the device


class Cookie(NamedTuple):
    device: str
    account: str  # a keyed hash of its folded name
    password: str  # a keyed hash of the session hash: another after each change of the password


def known_device(request: HttpRequest, username: str) -> str:
    """The id of the device if it has signed in to this account before, else ""."""
    cookie = read_cookie(request)
    if cookie is None or not constant_time_compare(cookie.account, account_digest(username)):
        return ""  # without a query: most visitors have no such cookie
    user = User.objects.named(username).filter(is_active=True).first()
    if user is None or not constant_time_compare(cookie.password, password_digest(user)):
        return ""
    is_ended = EndedDevice.objects.filter(device=cookie.device).exists()
    return "" if is_ended else cookie.device


def remember_device(
    request: HttpRequest, response: HttpResponse, user: User, device: str = ""
) -> None:
    """Send the cookie of a device that is signed in; it keeps its id while the session has one."""
    device = device or request.session.get(DEVICE) or token_urlsafe(16)
    if request.session.get(DEVICE) != device:
        request.session[DEVICE] = device
    cookie = Cookie(device, account_digest(user.username), password_digest(user))
    response.set_cookie(
        settings.INKPOOL_DEVICE_COOKIE_NAME,
        signing.dumps(list(cookie), salt=SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def read_cookie(request: HttpRequest) -> Cookie | None:
    text = request.COOKIES.get(settings.INKPOOL_DEVICE_COOKIE_NAME, "")
    try:
        return Cookie(*signing.loads(text, salt=SALT, max_age=MAX_AGE)) if text else None
    except signing.BadSignature:
        return None


def forget_devices(id_hashes: Iterable[str]) -> None:
    """Make the cookies of these sessions' devices worthless, before the sessions end."""
    now = timezone.now()
    EndedDevice.objects.filter(ended_at__lt=now - timedelta(seconds=MAX_AGE)).delete()
    devices = {str(session[DEVICE]) for session in peek(id_hashes).values() if DEVICE in session}
    rows = [EndedDevice(device=device, ended_at=now) for device in devices]
    EndedDevice.objects.bulk_create(rows, ignore_conflicts=True)


def account_digest(username: str) -> str:
    return salted_hmac(SALT, fold(username), algorithm="sha256").hexdigest()


def password_digest(user: User) -> str:
    return salted_hmac(SALT, user.get_session_auth_hash(), algorithm="sha256").hexdigest()
