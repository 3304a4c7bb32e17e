from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import DatabaseError

from accounts.leaked_passwords import fault_of_file
from accounts.models import User

MOST_NAMED = 20


@register()
def leaked_passwords_usable(**kwargs: Any) -> list[CheckMessage]:
    """accounts.E001: no new password can be checked against the file."""
    if not (fault := fault_of_file()):
        return []
    hint = "Give the absolute path of a file of SHA-1 hashes, sorted by hash; see docs/accounts.md."
    return [Error(f"LOGIN_LEAKED_PASSWORDS: {fault}", hint=hint, id="accounts.E001")]


@register(deploy=True)
def mail_is_sent(**kwargs: Any) -> list[CheckMessage]:
    """accounts.I001: what is off because the site sends no mail."""
    if settings.INKPOOL_SENDS_MAIL:
        return []
    off = "resetting a password, confirming an address, mails about changes and with invitations"
    hint = "Set EMAIL_URL and DJANGO_DEFAULT_FROM_EMAIL; see docs/accounts.md."
    return [Info(f"EMAIL_URL is not set, so these are off: {off}.", hint=hint, id="accounts.I001")]


@register(Tags.database)
def names_that_look_alike(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[CheckMessage]:
    """Names the accounts whose name looked like an older account's when look-alikes came to be
    refused."""
    if not databases:
        return []
    try:
        names = list(
            User.objects.filter(look_key=None).values_list("username", flat=True)[:MOST_NAMED]
        )
    except DatabaseError:  # before the first migration
        return []
    if not names:
        return []
    hint = "Rename them in the admin, or leave them: both accounts go on working."
    text = f"User names that look like those of older accounts: {', '.join(names)}."
    return [Warning(text, hint=hint, id="accounts.W001")]
