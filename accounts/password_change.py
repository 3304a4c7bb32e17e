"""Leads users whose password must be changed to the page for it, from every other page."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.models import PasswordState, User
from core.http import GetResponse
from core.http.error_pages import prefers_json, problem

SAFE = {"GET", "HEAD", "OPTIONS"}
# The page itself, the ways out of the account, and the choice of the language to read it in.
FREE = {"accounts:password", "accounts:login", "accounts:logout", "language"}
FREE_PATHS = {"/admin/logout/"}


def password_change_first(get_response: GetResponse) -> GetResponse:
    """Middleware. A page that does not ask for the user is the same for anonymous visitors, so it
    is sent: asking here would make each feed depend on the session store."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE:
            response = get_response(request)
            user = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
            return to_password(request) if user and must_change(user, request) else response
        if not is_free(request) and must_change(request.user, request):
            return to_password(request)
        return get_response(request)

    return middleware


def must_change(user: User | AnonymousUser, request: HttpRequest) -> bool:
    state = getattr(user, "password_state", "")
    return state == PasswordState.CHANGE and not is_free(request)


def is_free(request: HttpRequest) -> bool:
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return False
    return name in FREE or request.path_info in FREE_PATHS


def to_password(request: HttpRequest) -> HttpResponse:
    if prefers_json(request):
        return problem(request, 403, _("Change your password first: /account/password/"))
    return redirect("accounts:password")
