"""System checks of FLASK_BRIDGE: whether a user of the Flask application can reach an account."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.db import DatabaseError

from accounts.models import User


@register()
def bridge_is_on(**kwargs: Any) -> list[CheckMessage]:
    """accounts.I002: the bridge is configured, and off."""
    given = settings.INKPOOL_FLASK_BRIDGE_USER_MAP["source"]
    if settings.INKPOOL_FLASK_COOKIE or not (given or settings.INKPOOL_FLASK_BRIDGE_SECRET_KEY):
        return []
    message = "FLASK_BRIDGE is off, although other variables of the bridge are set."
    hint = "Set FLASK_BRIDGE to redis or cookie, or unset the others."
    return [Info(message, hint=hint, id="accounts.I002")]


@register(Tags.database)
def bridge_reaches_accounts(**kwargs: Any) -> list[CheckMessage]:
    """accounts.W002: no account is from the source. accounts.W003: none has the id of its row."""
    if not kwargs.get("databases") or not settings.INKPOOL_FLASK_COOKIE:
        return []
    try:
        return missing_accounts()
    except DatabaseError:  # before the first migration
        return []


def missing_accounts() -> list[CheckMessage]:
    values = settings.INKPOOL_FLASK_BRIDGE_USER_MAP
    source = values["source"]
    accounts = User.objects.filter(imported_from=source)
    if not accounts.exists():
        hint = f"Give the source of import_users: {known_sources()}."
        message = f"FLASK_BRIDGE_USER_MAP: no account was imported from source={source}."
        return [Warning(message, hint=hint, id="accounts.W002")]
    if values["field"] == "id" and not accounts.filter(imported_id__isnull=False).exists():
        hint = "Run import_users again with --map id=COLUMN, or give field=username."
        message = f"FLASK_BRIDGE_USER_MAP: no account from source={source} has an id."
        return [Warning(message, hint=hint, id="accounts.W003")]
    return []


def known_sources() -> str:
    sources = User.objects.exclude(imported_from="").values_list("imported_from", flat=True)
    return ", ".join(sorted(set(sources.distinct()))) or "none yet"
