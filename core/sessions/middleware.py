"""Opens the session of a request and stores its changes (Flask: SessionInterface).

A session is loaded at its first use and stored only if it was changed. The cookie is sent with a
stored session, and again after a tenth of its lifetime; it is deleted only for a session that is
empty or gone, not for one that was rotated a moment ago. A store that does not answer is a 503
without cookies, logged like every other 503 (core.http.failure_log); a session that ended during
the request is a 400.
"""

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.middleware import SessionMiddleware as StockMiddleware
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date
from django.utils.log import log_response
from redis.exceptions import RedisError

from core.failures.database_errors import is_temporary
from core.failures.read_only import read_only_variable
from core.failures.redis_faults import is_outage, refuses_writes
from core.http.error_pages import (
    read_only,
    session_ended,
    sessions_read_only,
    unavailable,
)
from core.http.failure_log import log_outage
from core.sessions import signed_cookie
from core.sessions.store import Store


class SessionMiddleware(StockMiddleware):
    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view in which the store failed; handler500 answers for the database."""
        if not (isinstance(error, UpdateError) or is_outage(error)):
            return None
        request.session.modified = False  # a save would fail again
        return failure_page(request, error)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        if not isinstance(session, Store):
            return response
        try:
            save(request, session, response)
        except (UpdateError, DatabaseError, RedisError) as error:
            if not (isinstance(error, UpdateError) or is_temporary(error) or is_outage(error)):
                raise
            return failure_page(request, error)
        if session.accessed:
            patch_vary_headers(response, ["Cookie"])
        return response


def failure_page(request: HttpRequest, error: Exception) -> HttpResponse:
    """The page for a failed session; its one line of log replaces Django's for the status."""
    if isinstance(error, UpdateError):
        response, message = session_ended(request), "Session: it ended during the request"
        log_response("%s: %s", message, request.path, response=response, request=request)
        return response
    response = unavailable_page(request, error)
    log_outage(request, response, error)
    return response


def unavailable_page(request: HttpRequest, error: Exception) -> HttpResponse:
    if refuses_writes(error):
        return sessions_read_only(request)
    return read_only(request) if read_only_variable(error) else unavailable(request)


def save(request: HttpRequest, session: Store, response: HttpResponse) -> None:
    """Store the session if it was changed, then set or delete the cookie."""
    if response.status_code >= 500:
        return
    changed = session.modified or settings.SESSION_SAVE_EVERY_REQUEST
    if saved := changed and not session.needs_no_save():
        session.save()
    renewed = session.renew_cookie()
    if session.is_empty():
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not session.is_rotated:
            delete_cookie(response)
    elif saved or renewed:
        set_cookie(session, response)


def set_cookie(session: Store, response: HttpResponse) -> None:
    age = min(session.get_expiry_age(), settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME)
    max_age = None if session.get_expire_at_browser_close() else max(0, age)
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        session.session_key or "",
        max_age=max_age,
        expires=None if max_age is None else http_date(signed_cookie.now() + max_age),
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def delete_cookie(response: HttpResponse) -> None:
    response.delete_cookie(
        settings.SESSION_COOKIE_NAME,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
    patch_vary_headers(response, ["Cookie"])  # also for a key too short to be looked up
