"""Asks for the password again before sensitive changes, when the sign-in is an old one.

The time of the sign-in is kept in the session; SESSION_REAUTH_AFTER seconds later the password is
asked for once more. What was posted meanwhile is carried through the question.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.counted_form_page import form_page
from accounts.forms import ConfirmForm
from core.http.error_pages import prefers_json, problem
from core.http.returned_forms import is_secret
from core.sessions.store import Store

View = Callable[..., HttpResponseBase]
SIGNED_IN_AT = "signed_in_at"  # in the session, in seconds since 1970
SKEW = 60  # seconds that the clock of the server which wrote it may be ahead
PASSWORD = "present_pwd"


def recent_sign_in_required(view: View) -> View:
    """login_required, and more: who signed in long ago enters the password again first."""

    @sensitive_post_parameters(PASSWORD)
    @login_required
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
    """The page that asks for the password; None if it was entered lately, or right now.

    Its form comes back to the same address with all that was posted, passwords excepted.
    """
    if is_recent(request):
        return None
    form = ConfirmForm(request.POST if PASSWORD in request.POST else None, request=request)
    if form.is_valid():
        confirm_sign_in(request)
        return None
    if prefers_json(request) and not form.wait:
        return problem(request, 403, _("Enter your password again to do this."))
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not is_secret(name)
    ]
    return form_page(request, "accounts/confirm.html", form, carried=carried)


def is_recent(request: HttpRequest) -> bool:
    at = request.session.get(SIGNED_IN_AT)
    return type(at) is int and -SKEW <= time.time() - at < settings.INKPOOL_SESSION_REAUTH_AFTER


def confirm_sign_in(request: HttpRequest) -> None:
    """The password was right just now: a new session id, and the time of it.

    The session does not get a longer life by it: only a sign-in begins one anew.
    """
    # Not cycle_key() alone: the check may have written a newer hash of the same password.
    auth.update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    remember_sign_in(request)


def on_signed_in(request: HttpRequest, **kwargs: Any) -> None:
    """Receives user_logged_in: each way of signing in is dated, and begins the session anew."""
    if isinstance(request.session, Store):  # SESSION_ENGINE may be another
        request.session.restart_lifetime()
    remember_sign_in(request)


def remember_sign_in(request: HttpRequest) -> None:
    request.session[SIGNED_IN_AT] = int(time.time())


class ConfirmedAdmin:
    """Mixed into a ModelAdmin: whatever can change its rows asks as above ("sudo mode")."""

    @method_decorator(recent_sign_in_required)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    @method_decorator(recent_sign_in_required)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Looking at the list is free, its actions are not."""
        if request.method == "POST" and (page := ask_to_confirm(request)):
            return page
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]
