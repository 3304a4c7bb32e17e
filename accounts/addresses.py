"""Changes the e-mail address of an account once its new owner has confirmed it.

Guarantees: the account keeps its old address until then. The old address is told of the change,
with a link that undoes it for 72 hours, ends all sessions and leads to a new password: so an
attacker who had the account for a while cannot take it away. While such a link is valid, later
changes make no other one: it could lead back to an address of the attacker.
"""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.mail_links import CONFIRM, LIFETIMES, RESET, UNDO, make_link, redeem
from accounts.mail_queue import queue
from accounts.models import MailLink, User


def ask_to_confirm_address(request: HttpRequest, user: User, address: str) -> None:
    """Send a link to the new address; the account gets the address when it is followed."""
    with transaction.atomic():
        link = absolute(request, "accounts:confirm-address", make_link(CONFIRM, user, address))
        hours = LIFETIMES[CONFIRM].total_seconds() // 3600
        queue(address, "address_confirm", {"user": user, "link": link, "hours": int(hours)})


def confirm_address(request: HttpRequest, link: MailLink) -> bool:
    """Give the account the address; False if another request used the link up."""
    with transaction.atomic():
        user = redeem(link)
        if user is None:
            return False
        set_address(request, user, link.address)
    return True


def set_address(request: HttpRequest, user: User, address: str) -> None:
    """Set the address and tell the old one; within a transaction that has locked the user."""
    old, user.email = user.email, address
    User.objects.filter(pk=user.pk).update(email=address)
    if not old or old == address or not settings.INKPOOL_SENDS_MAIL:
        return
    hours = LIFETIMES[UNDO].total_seconds() // 3600
    context = {"user": user, "hours": int(hours), "address": hidden(address)}
    if not can_be_undone(user):
        context["link"] = absolute(request, "accounts:undo-address", make_link(UNDO, user, old))
    queue(old, "address_changed", context)


def can_be_undone(user: User) -> bool:
    """Whether an earlier address has a link that takes the account back."""
    links = MailLink.objects.filter(user=user, purpose=UNDO, expires_at__gt=timezone.now())
    return links.exists()


def undo_address(link: MailLink) -> str:
    """Give the account its old address back and end its sessions.

    Returns the token of a link for a new password; "" if another request used the link up.
    """
    with transaction.atomic():
        user = redeem(link)
        if user is None:
            return ""
        User.objects.filter(pk=user.pk).update(email=link.address)
        user.refresh_from_db()
        user.end_sessions()
        return make_link(RESET, user)


def absolute(request: HttpRequest, name: str, token: str) -> str:
    return request.build_absolute_uri(reverse(name, args=[token]))


def hidden(address: str) -> str:
    """`alice@example.org` as `a…@example.org`: enough to recognise it, not to write to it."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host}" if host else "–"
