"""Sets request.user, and keeps a signed-in user's CSRF cookie as it is."""

from functools import partial

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware as StockMiddleware
from django.contrib.auth.middleware import auser, get_user
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.flask_bridge import bridged_user
from accounts.models import User
from core.http import GetResponse


class AuthenticationMiddleware(StockMiddleware):
    """Ends a session whose user id is damaged; Django's own middleware answers 500 to it."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]
        request.auser = partial(auser_of, request)


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """The user of the session, or of the Flask application's. A session that signs no user in is
    ended, but its cookie stays if another request has rotated it since."""
    session = request.session
    key = session.session_key
    try:
        user = get_user(request)
    except ValidationError:
        session.flush()
        user = AnonymousUser()
    if key and session.session_key is None:
        session.check_for_rotation(key)
    if not user.is_authenticated and (bridged := bridged_user(request)):
        request._cached_user = bridged  # type: ignore[attr-defined]  # as get_user() does
        return bridged
    return user


async def auser_of(request: HttpRequest) -> User | AnonymousUser:
    session = request.session
    key = session.session_key
    try:
        user = await auser(request)
    except ValidationError:
        await session.aflush()
        user = AnonymousUser()
    if key and session.session_key is None:
        await sync_to_async(session.check_for_rotation)(key)
    if not user.is_authenticated and (bridged := await sync_to_async(bridged_user)(request)):
        request._acached_user = bridged  # type: ignore[attr-defined]  # as auser() does
        return bridged
    return user


def csrf_cookie_kept(get_response: GetResponse) -> GetResponse:
    """Middleware that sends no new CSRF cookie to signed-in users.

    Django sends one with each page that has a form, to prolong it by a year. A sign-in has sent a
    fresh one, and no session lasts that long.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        meta = request.META
        if not meta.get("CSRF_COOKIE_NEEDS_UPDATE"):  # first: request.user reads the session
            return response
        # Error pages do not ask for the user: the session store may be what has failed.
        if response.status_code >= 400 or request.user.is_authenticated:
            sent = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
            meta["CSRF_COOKIE_NEEDS_UPDATE"] = sent != meta["CSRF_COOKIE"]
        return response

    return middleware
