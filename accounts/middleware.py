"""Who is signed in, and what his browser has already."""

from functools import partial
from typing import cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware as StockMiddleware
from django.contrib.auth.middleware import auser, get_user
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from core.http.middleware import GetResponse
from core.sessions.store import Store


class AuthenticationMiddleware(StockMiddleware):
    """A session whose user's id is none is a damaged one: ended, where the stock one is a 500."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]
        request.auser = partial(auser_of, request)


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """A session that opens no door is ended; the browser's cookie may be a newer one by then."""
    session = cast(Store, request.session)
    key = session.session_key
    try:
        user = get_user(request)
    except ValidationError:
        session.flush()
        user = AnonymousUser()
    if key and session.session_key is None:
        session.check_for_rotation(key)
    return user


async def auser_of(request: HttpRequest) -> User | AnonymousUser:
    session = cast(Store, request.session)
    key = session.session_key
    try:
        user = await auser(request)
    except ValidationError:
        await session.aflush()
        user = AnonymousUser()
    if key and session.session_key is None:
        await sync_to_async(session.check_for_rotation)(key)
    return user


def csrf_cookie_kept(get_response: GetResponse) -> GetResponse:
    """Django sends the cookie with each page that has a form, to renew its year. Who is signed in
    was given a fresh one then, and no session lasts so long."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        meta = request.META
        if not meta.get("CSRF_COOKIE_NEEDS_UPDATE"):  # first: the user costs a read of the session
            return response
        # An error page asks for no user: the store may be what has failed.
        if response.status_code >= 400 or request.user.is_authenticated:
            sent = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
            meta["CSRF_COOKIE_NEEDS_UPDATE"] = sent != meta["CSRF_COOKIE"]
        return response

    return middleware
