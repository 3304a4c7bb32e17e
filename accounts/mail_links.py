"""Makes, finds and redeems the links that are sent by mail: reset, confirmation, undo.

Guarantees: a link is used once, also by parallel requests. A reset or a confirmation is void as
soon as the password or the address of the account changes or all its sessions are ended; so an
attacker who had the account for a while keeps no link to it.
"""

import hashlib
from datetime import timedelta
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import MailLink, User

RESET, CONFIRM, UNDO = MailLink.Purpose.RESET, MailLink.Purpose.CONFIRM, MailLink.Purpose.UNDO
LIFETIMES = {
    RESET: timedelta(minutes=30),
    CONFIRM: timedelta(hours=24),
    UNDO: timedelta(hours=72),
}
TOKEN_BYTES = 32


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def make_link(purpose: MailLink.Purpose, user: User, address: str = "") -> str:
    """Store a link and return its token, which is stored nowhere."""
    token = token_urlsafe(TOKEN_BYTES)
    MailLink.objects.create(
        digest=digest_of(token),
        purpose=purpose,
        user=user,
        address=address,
        state="" if purpose == UNDO else state_of(user),
        expires_at=timezone.now() + LIFETIMES[purpose],
    )
    return token


def state_of(user: User) -> str:
    value = f"{user.get_session_auth_hash()} {user.email}"
    return salted_hmac("accounts.mail-link", value, algorithm="sha256").hexdigest()


def find_link(purpose: MailLink.Purpose, token: str) -> MailLink | None:
    """The link with this token if it can still be used, with its user."""
    links = MailLink.objects.select_related("user").filter(user__is_active=True)
    valid = links.filter(purpose=purpose, expires_at__gt=timezone.now())
    link = valid.filter(digest=digest_of(token)).first()
    return link if link and fits(link, link.user) else None


def fits(link: MailLink, user: User) -> bool:
    return not link.state or constant_time_compare(link.state, state_of(user))


def redeem(link: MailLink) -> User | None:
    """Use the link up, within the transaction of what it is used for.

    Returns its user, whose row is locked until the commit; None if another request was first.
    """
    assert transaction.get_connection().in_atomic_block
    user = User.objects.select_for_update().filter(pk=link.user_id, is_active=True).first()
    if user is None or not fits(link, user):
        return None
    used = MailLink.objects.filter(pk=link.pk, expires_at__gt=timezone.now()).delete()[0]
    return user if used else None


def forget_expired() -> int:
    return MailLink.objects.filter(expires_at__lt=timezone.now()).delete()[0]
