"""System checks: mistakes in the settings that would be a puzzle later, by id and with a hint."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from redis.exceptions import RedisError

from core.advice import advice
from core.env import is_set
from core.redis_cache import ping_all

# Read and checked at start, used by parts of the site that are still to come.
WITHOUT_EFFECT = (
    "METRICS_KEY",
    "RUN_DIR",
)


@register()
def variables_without_effect(**kwargs: Any) -> list[CheckMessage]:
    """core.W001: a variable is set whose feature this version does not have yet."""
    return [
        Warning(f"{name} is set, but has no effect in this version.", id="core.W001")
        for name in WITHOUT_EFFECT
        if is_set(name)
    ]


@register(Tags.staticfiles, deploy=True)
def static_files_collected(**kwargs: Any) -> list[CheckMessage]:
    """core.E001: pages would fail for want of the static files' manifest."""
    storage = staticfiles_storage
    if not isinstance(storage, ManifestFilesMixin) or storage.read_manifest():
        return []
    return [
        Error(
            f"No static files have been collected in {settings.STATIC_ROOT}.",
            hint="Run `python manage.py collectstatic --noinput`.",
            id="core.E001",
        )
    ]


@register(Tags.database)
def redis_reachable(**kwargs: Any) -> list[CheckMessage]:
    """core.E002: a Redis that is configured does not answer; asked with --database only."""
    try:
        if kwargs.get("databases"):
            ping_all()
    except RedisError as error:
        return [Error(advice(error), id="core.E002")]
    return []
