"""System checks of what core.caching needs."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.checks import CheckMessage, Error, Warning, register

from core.caching.caching_hooks import hooks
from core.caching.single_flight import with_subjects


@register()
def check_needs(**kwargs: Any) -> list[CheckMessage]:
    """core.E013: `subjects=` without hooks.subjects. core.W013: a cache that keeps nothing."""
    found: list[CheckMessage] = []
    if hooks.subjects is None:
        hint = "Leave the option out, or assign hooks.subjects of core.caching.caching_hooks."
        found += [
            Error(f"{name} has subjects=, and nothing announces writes.", hint=hint, id="core.E013")
            for name in sorted(each.name for each in with_subjects)
        ]
    if "default" not in settings.CACHES:
        return found  # Django's caches.E001
    if isinstance(caches["default"], DummyCache):
        message = "CACHES['default'] keeps nothing, so cached functions run at each call."
        hint = "Give it another BACKEND, such as Django's LocMemCache or RedisCache."
        found.append(Warning(message, hint=hint, id="core.W013"))
    return found
