"""Leads users whose password must be changed to the page for it, from every other page."""

import logging

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.leaked_passwords import BadFile, is_leaked
from accounts.models import PasswordState, User
from accounts.validators import check_password_rule
from core.http import GetResponse
from core.http.error_pages import prefers_json, problem

MUST_CHANGE = {PasswordState.CHANGE, PasswordState.WEAK}
SAFE = {"GET", "HEAD", "OPTIONS"}
# The page itself, the ways out of the account, and the choice of the language to read it in.
FREE = {"accounts:password", "accounts:login", "accounts:logout", "language"}
FREE_PATHS = {"/admin/logout/"}
logger = logging.getLogger(__name__)


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
    return state in MUST_CHANGE and not is_free(request)


def demand_if_weak(user: User, password: str) -> None:
    """Note that the password that has just signed this user in breaks the rules for new ones."""
    if breaks_rules(password):
        # Only while the account has this password: another request may just have changed it.
        same = User.objects.filter(pk=user.pk, password=user.password)
        same.exclude(password_state=PasswordState.WEAK).update(password_state=PasswordState.WEAK)


def breaks_rules(password: str) -> bool:
    try:
        check_password_rule(password)
        return is_leaked(password)
    except ValidationError:
        return True
    except BadFile as fault:  # which keeps no user from signing in
        logger.error("LOGIN_LEAKED_PASSWORDS: %s", fault)
        return False


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
