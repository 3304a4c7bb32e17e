"""Reads sessions outside of their own requests, for device lists and commands."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.sessions import payload, session_settings, signed_cookie
from core.sessions.store import Store


def session_store() -> type[Store]:
    return import_module(settings.SESSION_ENGINE).SessionStore


def peek(id_hashes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The values of the sessions that exist, by hash, in one query to the store.

    Prolongs none of them. Damaged sessions and those past their absolute lifetime are left out.
    Raises the backend's error if it does not answer.
    """
    hashes = list(id_hashes)
    found = session_store().backend.read_all(hashes) if hashes else {}
    contents = {id_hash: payload.decode(data) for id_hash, data in found.items()}
    oldest = signed_cookie.now() - session_settings.absolute_lifetime()
    return {
        id_hash: content.values
        for id_hash, content in contents.items()
        if content and content.created > oldest
    }


def hashes_of(request: HttpRequest | None) -> set[str]:
    """The hashes of the session that a request arrived with and of the one that it has now."""
    if request is None:
        return set()
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    hashes = {session_store()(cookie).id_hash, getattr(request.session, "id_hash", None)}
    return {each for each in hashes if each}
