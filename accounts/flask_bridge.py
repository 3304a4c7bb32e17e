"""Signs in the users of a Flask application behind the same domain by its session cookie.

The session of the Flask application is read for each request and nothing of it is stored here, so
no session is adopted, and a sign-out there counts here at once. A session of this site counts
first. An account is reached only if import_users made it from the source of FLASK_BRIDGE_USER_MAP,
it is active, it has no staff rights, and neither its password nor all its sessions were changed or
ended here: then the sign-in of the Flask application says less than this site knows.

Such a sign-in is one factor. `sign_in_here_required` marks the views that need one of this site.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts import flask_sessions
from accounts.backends import FIELDS, rows
from accounts.models import User
from core.http.error_pages import prefers_json, problem
from core.http.returned_forms import returned_form

View = Callable[..., HttpResponseBase]
FLASK_USER_ID = "flask_user_id"  # in the session, for the extension of docs/two-applications.md
REMEMBER_COOKIE = "remember_token"  # Flask-Login's, which would sign in again


def bridged_user(request: HttpRequest) -> User | None:
    """The account of the user who is signed in at the Flask application with this browser."""
    flask_id = flask_id_in(request)
    if flask_id is None:
        return None
    row = rows.get((FLASK_USER_ID, flask_id), lambda: read_row(flask_id))
    return User.from_db("default", FIELDS, row) if row else None


def flask_id_in(request: HttpRequest) -> str | None:
    """The id of the user in the session of the Flask application; None without one.

    A cookie that is sent twice, as after one was planted from a subdomain, counts as none: Flask
    takes the first of two, Django the last.
    """
    name = settings.INKPOOL_FLASK_COOKIE
    if name not in request.COOKIES:  # None while the bridge is off
        return None
    sent = request.META.get("HTTP_COOKIE", "").split(";")
    if sum(each.strip().partition("=")[0].strip() == name for each in sent) > 1:
        return None
    return flask_sessions.user_id(request.COOKIES[name])


def read_row(flask_id: str) -> tuple[Any, ...] | None:
    values = settings.INKPOOL_FLASK_BRIDGE_USER_MAP
    column = "imported_id" if values["field"] == "id" else "username"
    found = User.objects.filter(
        imported_from=values["source"],
        is_active=True,
        is_staff=False,
        is_superuser=False,
        session_epoch=0,
        **{column: flask_id},
    )
    row = found.values_list(*FIELDS).first()
    # Exactly: `Alice` may be another user of the Flask application than `alice`, and MariaDB
    # compares without blanks at the end.
    return row if row and row[FIELDS.index(column)] == flask_id else None


def flask_id_of(user: User) -> str | None:
    """The id that the Flask application has for this account; None if it has none."""
    values = settings.INKPOOL_FLASK_BRIDGE_USER_MAP
    if settings.INKPOOL_FLASK_COOKIE is None or user.imported_from != values["source"]:
        return None
    return user.imported_id if values["field"] == "id" else user.username


def remember_flask_id(request: HttpRequest, user: User) -> None:
    """Note in the session of a sign-in which user of the Flask application this is."""
    flask_id = flask_id_of(user)
    if flask_id is not None:
        request.session[FLASK_USER_ID] = flask_id
    else:
        request.session.pop(FLASK_USER_ID, None)


def is_signed_in_here(request: HttpRequest) -> bool:
    """Whether a session of this site signs this user in, and not the Flask application alone."""
    user = request.user
    return user.is_authenticated and request.session.get(SESSION_KEY) == str(user.pk)


def sign_in_here_required(view: View) -> View:
    """login_required that also refuses users whom only the Flask application has signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_signed_in_here(request):
            return view(request, *args, **kwargs)
        return sign_in_here(request)

    return guarded


def sign_in_here(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in form for a user of the bridge; a posted form is returned."""
    detail = _("To do this, sign in here: the sign-in of the other application is not enough.")
    if request.user.is_authenticated and (returned_form(request) or prefers_json(request)):
        return problem(request, 403, detail, sign_in=True)
    return redirect_to_login(request.get_full_path())


def end_flask_session(request: HttpRequest, response: HttpResponse) -> None:
    """Sign this browser out of the Flask application too, as far as that is possible from here."""
    own = settings.INKPOOL_FLASK_COOKIE
    if own is None:
        return
    for name in {own, REMEMBER_COOKIE} & request.COOKIES.keys():
        response.delete_cookie(name)
    cookie = request.COOKIES.get(own, "")
    flask_sessions.end(cookie)
    if cookie and settings.INKPOOL_FLASK_BRIDGE == flask_sessions.COOKIE:
        messages.warning(
            request,
            _(
                "The other application keeps its sign-in in a cookie. It was deleted from this "
                "browser, but a copy of it stays valid until it expires."
            ),
        )


def end_session_of_another(request: HttpRequest, response: HttpResponse) -> None:
    """After a sign-in here, end a session of the Flask application that names another user.

    Flask-Login's cookie would begin one: it counts there before a session of this site.
    """
    named = {flask_id_in(request), remembered_id(request)} - {None}
    if named - {request.session.get(FLASK_USER_ID)}:
        end_flask_session(request, response)


def remembered_id(request: HttpRequest) -> str | None:
    """The id in the cookie of Flask-Login, `ID|SIGNATURE`, which is not verified."""
    return request.COOKIES.get(REMEMBER_COOKIE, "").rpartition("|")[0] or None
