"""The request that is being answered, for what is told by a signal and not by a call."""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.sessions.inspection import session_store

GetResponse = Callable[[HttpRequest], HttpResponse]
current: ContextVar[HttpRequest | None] = ContextVar("accounts.current", default=None)


def current_sessions() -> set[str]:
    """The hashes of the session that this request came with and of the one that it has now."""
    request = current.get()
    if request is None:
        return set()
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    hashes = {session_store()(cookie).id_hash, getattr(request.session, "id_hash", None)}
    return {each for each in hashes if each}
