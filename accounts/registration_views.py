"""Registration: open to all, by an invitation, or closed (REGISTRATION)."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.addresses import ask_to_confirm_address
from accounts.flask_bridge import end_session_of_another
from accounts.forms import RegisterForm
from accounts.known_devices import remember_device
from accounts.login_guard import count_confirmation, form_page
from accounts.mail_links import digest_of
from accounts.models import Invitation, User
from accounts.sign_in import start_session
from core.http.error_pages import prefers_json, problem, too_many
from core.http.returned_forms import gives_back
from core.roles import AUTHOR


class UsedUp(Exception):  # noqa: N818 - a state of an invitation
    """It was used up, revoked or too old when the account was made."""


@gives_back(partial(RegisterForm, request=HttpRequest()))
@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if settings.INKPOOL_REGISTRATION != "open":
        return closed(request)
    return registration_page(request, None)


@gives_back(partial(RegisterForm, request=HttpRequest()))
@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Registers a visitor by an invitation of the team."""
    if settings.INKPOOL_REGISTRATION == "closed":
        return closed(request)
    invitation = Invitation.objects.open().filter(digest=digest_of(token)).first()
    return registration_page(request, invitation) if invitation else no_invitation(request)


def registration_page(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    form = RegisterForm(request.POST if request.method == "POST" else None, request=request)
    if not form.is_valid():
        return form_page(request, "accounts/register.html", form, invitation=invitation)
    if wait := count_confirmation(form.cleaned_data["email"]):
        return too_many(request, wait)
    try:
        user = make_account(request, form, invitation)
    except IntegrityError:  # the name was taken after is_valid()
        form.add_error("username", _("This user name is taken."))
        return form_page(request, "accounts/register.html", form, invitation=invitation)
    except UsedUp:
        return no_invitation(request)
    return welcome(request, user)


def make_account(request: HttpRequest, form: RegisterForm, invitation: Invitation | None) -> User:
    """Raises IntegrityError for a name that is taken, and UsedUp; then nothing is written."""
    address = form.cleaned_data["email"]
    with transaction.atomic():
        # First: a request that comes too late hashes no password.
        if invitation and not Invitation.objects.use(invitation.pk):
            raise UsedUp
        user = form.save()
        if invitation:
            give_role(user, invitation.role)
        if address and settings.INKPOOL_SENDS_MAIL:
            ask_to_confirm_address(request, user, address)
    return user


def give_role(user: User, role: str) -> None:
    if role != AUTHOR:  # which each account is
        user.groups.add(Group.objects.get_or_create(name=role)[0])  # if it was renamed
        user.is_staff = True  # without which the role opens nothing in the admin
        user.save(update_fields=["is_staff"])


def welcome(request: HttpRequest, user: User) -> HttpResponse:
    start_session(request, user)
    messages.success(request, _("Welcome! Your account is ready."))
    response = redirect(settings.LOGIN_REDIRECT_URL)
    remember_device(request, response, user)
    end_session_of_another(request, response)
    return response


def closed(request: HttpRequest) -> HttpResponse:
    if prefers_json(request):
        return problem(request, 403, _("Registration is closed"))
    by_invitation = settings.INKPOOL_REGISTRATION == "invitation"
    context = {"by_invitation": by_invitation}
    return render(request, "accounts/register_closed.html", context, status=403)


def no_invitation(request: HttpRequest) -> HttpResponse:
    detail = _(
        "This invitation has been used, revoked, is too old, or its link is not complete. Ask the "
        "team for a new one."
    )
    return problem(request, 410, detail, _("This invitation is not valid"))
