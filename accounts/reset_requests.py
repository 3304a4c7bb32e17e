"""Answers requests for a reset of the password, in a job: a mail for each account of the address.

The request itself only stores the typed address. So it says and does the same for an address that
no account has, and takes the same time.
"""

import unicodedata

from django.contrib.auth.hashers import is_password_usable
from django.db import transaction
from django.utils import timezone, translation

from accounts.mail_links import LIFETIMES, RESET, make_link
from accounts.mail_queue import queue
from accounts.models import PasswordState, ResetRequest, User

BATCH = 50


def answer_requests() -> int:
    """Answer the oldest requests; how many."""
    requests = list(ResetRequest.objects.order_by("pk")[:BATCH])
    for request in requests:
        with transaction.atomic(), translation.override(request.language):
            if ResetRequest.objects.filter(pk=request.pk).delete()[0]:
                answer(request)
    return len(requests)


def answer(request: ResetRequest) -> None:
    for user in accounts_of(request.address):
        link = f"{request.page}{make_link(RESET, user)}/"
        lifetime = LIFETIMES[RESET]
        context = {"user": user, "link": link, "minutes": lifetime.seconds // 60}
        queue(user.email, "password_reset", context, expires_at=timezone.now() + lifetime)


def accounts_of(address: str) -> list[User]:
    """The active accounts with this address that may sign in by a password.

    Compared here too: to the database, `ä` may be `a`, and the mail must not go to another address.
    """
    found = User.objects.filter(email__iexact=address, is_active=True)
    return [user for user in found if same(user.email, address) and has_password(user)]


def same(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def folded(address: str) -> str:
    return unicodedata.normalize("NFKC", address).casefold()


def has_password(user: User) -> bool:
    """An imported account without a password gets one; an account whose password was switched off
    in the admin does not."""
    return is_password_usable(user.password) or user.password_state == PasswordState.RESET
