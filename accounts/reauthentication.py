"""Asks for the password again before sensitive changes if the sign-in is too old.

The time of the sign-in is kept in the session. After SESSION_REAUTH_AFTER seconds the password is
asked for again; posted data are kept meanwhile and processed after the answer.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.flask_bridge import (
    is_signed_in_here,
    remember_flask_id,
    sign_in_here,
    sign_in_here_required,
)
from accounts.forms import ConfirmForm
from accounts.login_guard import form_page
from accounts.models import User
from core.http.error_pages import prefers_json, problem
from core.http.returned_forms import is_secret
from core.sessions.store import Store

View = Callable[..., HttpResponseBase]
SIGNED_IN_AT = "signed_in_at"  # in the session, in seconds since 1970
SKEW = 60  # seconds by which the clock of the server that wrote it may be ahead
PASSWORD = "present_pwd"


def recent_sign_in_required(view: View) -> View:
    """sign_in_here_required that also asks for the password if the sign-in is too old."""

    @sensitive_post_parameters(PASSWORD)
    @sign_in_here_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return ask_to_confirm(request) or view(request, *args, **kwargs)
        if is_recent(request):
            return view(request, *args, **kwargs)
        target = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('accounts:confirm')}?{target}")

    return guarded


def ask_to_confirm(request: HttpRequest) -> HttpResponse | None:
    """The page that asks for the password; None if it was entered recently or with this request.

    Its form posts to the same URL again, with all posted data except passwords. A user of the
    bridge is led to the sign-in form instead.
    """
    if not is_signed_in_here(request):
        return sign_in_here(request)
    if is_recent(request):
        return None
    form = ConfirmForm(request.POST if PASSWORD in request.POST else None, request=request)
    if form.is_valid():
        confirm_sign_in(request)
        return None
    if prefers_json(request) and not form.wait:
        return problem(request, 403, _("Enter your password again to do this."))
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not is_secret(name)
    ]
    return form_page(request, "accounts/confirm.html", form, carried=kept)


def is_recent(request: HttpRequest) -> bool:
    at = request.session.get(SIGNED_IN_AT)
    return type(at) is int and -SKEW <= time.time() - at < settings.INKPOOL_SESSION_REAUTH_AFTER


def confirm_sign_in(request: HttpRequest) -> None:
    """Renew the session id and the time of the sign-in, after the right password.

    The absolute lifetime of the session goes on: only a sign-in restarts it.
    """
    # Not cycle_key() alone: check_password() may have upgraded the hash that the session carries.
    auth.update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    remember_sign_in(request)


def on_signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Receiver of user_logged_in: notes the time and restarts the session's absolute lifetime."""
    if isinstance(request.session, Store):  # false for another SESSION_ENGINE
        request.session.restart_lifetime()
    remember_flask_id(request, user)
    remember_sign_in(request)


def remember_sign_in(request: HttpRequest) -> None:
    request.session[SIGNED_IN_AT] = int(time.time())


class ConfirmedAdmin:
    """Mixed into a ModelAdmin: asks for the password before its rows change ("sudo mode")."""

    @method_decorator(recent_sign_in_required)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    @method_decorator(recent_sign_in_required)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list itself is free; its actions ask for the password."""
        if request.method == "POST" and (page := ask_to_confirm(request)):
            return page
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]
