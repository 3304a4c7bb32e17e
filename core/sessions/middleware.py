"""Opens the session of a request and stores its changes (Flask: SessionInterface).

A session is loaded at its first use and stored only if it was changed. The cookie is sent with a
stored session, and again after a tenth of its lifetime; it is deleted only for a session that is
empty or gone, not for one that was rotated a moment ago. A Redis that does not answer is a 503
without cookies, made by INKPOOL_SESSION_FAILURE_VIEW; an error of the database is the project's
handler500's. A session that ended during the request is Django's SessionInterrupted, a 400.
"""

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as StockMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date
from django.utils.log import log_response
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from core.failures.redis_faults import is_outage
from core.sessions import session_settings, signed_cookie
from core.sessions.store import Store


class SessionMiddleware(StockMiddleware):
    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view in which the store failed."""
        if isinstance(error, UpdateError) or is_outage(error):
            request.session.modified = False  # a save would fail again
            return answer(request, error)
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        if not isinstance(session, Store):
            return response
        try:
            save(request, session, response)
        except (UpdateError, RedisError) as error:
            return answer(request, error)
        if session.accessed:
            patch_vary_headers(response, ["Cookie"])
        return response


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The 503 for an outage of Redis. Raises SessionInterrupted for a session that has ended, and
    any other error again."""
    if isinstance(error, UpdateError):
        raise SessionInterrupted("Session: it ended during the request") from error
    if not is_outage(error):
        raise error
    return session_settings.failure_view()(request, error)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The default of INKPOOL_SESSION_FAILURE_VIEW: one line of text, and one of log."""
    detail = _("The site is temporarily unavailable. Please try again in a moment.")
    response = HttpResponse(detail, "text/plain; charset=utf-8", 503)
    response["Retry-After"] = "5"  # seconds
    cause = response.reason_phrase, request.path, error
    log_response("%s: %s: %s", *cause, response=response, request=request)
    return response


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
    age = min(session.get_expiry_age(), session_settings.absolute_lifetime())
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
