"""Looks at sessions from outside of a request: whose they are, whether they are still there.

Promises: one question to the store however many are asked for; none lives on for being looked at.
What is damaged or too old is not there. A store that does not answer raises its own error.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings

from core.sessions import payload, signed_cookie
from core.sessions.store import Store


def session_store() -> type[Store]:
    return import_module(settings.SESSION_ENGINE).SessionStore


def peek(id_hashes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the sessions with these hashes hold, by hash; those that are gone are left out."""
    hashes = list(id_hashes)
    found = session_store().shelf.read_all(hashes) if hashes else {}
    contents = {id_hash: payload.decode(data) for id_hash, data in found.items()}
    oldest = signed_cookie.now() - settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME
    return {
        id_hash: content.values
        for id_hash, content in contents.items()
        if content and content.created > oldest
    }
