"""Finds the reader whom a session signs in, for pages that are filled ahead of the middleware."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.utils.crypto import constant_time_compare

from accounts import devices
from accounts.models import User
from accounts.reauthentication import SIGNED_IN_AT
from core.sessions.store import Store

SESSION_KEYS = SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, SIGNED_IN_AT
MIDDLEWARE = (  # with nothing to do for a reader whom reader_of() returns
    "accounts.devices.devices",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.csrf_cookie_kept",
)


def is_use_to_be_noted(session: Store) -> bool:
    """Whether the use of the session has to be noted in the list of devices."""
    return devices.is_due(session.id_hash or "")


def reader_of(session: Store) -> User | None:
    """The user, as auth.get_user() finds it; None for a session that signs nobody in or carries the
    hash of an older secret key."""
    backend = session.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(User._meta.pk.to_python(session[SESSION_KEY]))
    given = session.get(HASH_SESSION_KEY, "")
    is_valid = user and constant_time_compare(given, user.get_session_auth_hash())
    return user if is_valid else None
