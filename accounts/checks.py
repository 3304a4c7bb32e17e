from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from accounts.models import User

MOST_NAMED = 20


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
