"""The settings of the sessions, each with its default.

Django's own count too: SESSION_COOKIE_AGE is the sliding lifetime in seconds, and
SESSION_CACHE_ALIAS names the cache of django-redis whose Redis `core.sessions.redis` uses.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

FailureView = Callable[[HttpRequest, Exception], HttpResponse]


def key_prefix() -> str:
    """The prefix of the keys in Redis."""
    return value("KEY_PREFIX", "session:")


def use_signer() -> bool:
    """Whether the cookie is signed; otherwise it is the bare id."""
    return value("USE_SIGNER", True)


def id_length() -> int:
    """The bytes of randomness in an id."""
    return value("ID_LENGTH", 32)


def absolute_lifetime() -> int:
    """The seconds after which a session ends, however often it is used."""
    return value("ABSOLUTE_LIFETIME", 180 * 86400)


def failure_view() -> FailureView:
    """The view `(request, error)` that answers when Redis cannot."""
    return import_string(value("FAILURE_VIEW", "core.sessions.middleware.unavailable"))


def value(name: str, default: Any) -> Any:
    return getattr(settings, f"INKPOOL_SESSION_{name}", default)
