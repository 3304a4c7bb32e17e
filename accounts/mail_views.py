"""The pages behind the links in mails: a new password, and a confirmed or restored address.

A link is used up by a POST only: mail servers and browsers fetch links beforehand.
"""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import DisallowedHost
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.addresses import confirm_address, undo_address
from accounts.forms import ResetForm, ResetRequestForm
from accounts.known_devices import remember_device
from accounts.login_guard import form_page
from accounts.mail_links import CONFIRM, RESET, UNDO, find_link, redeem
from accounts.mail_queue import queue
from accounts.models import LONGEST_PAGE, MailLink, ResetRequest, User
from core.http.error_pages import problem

pages = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@pages
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    if not settings.INKPOOL_SENDS_MAIL:
        detail = _("This site sends no mail, so its team must set a new password for you. Ask it.")
        return problem(request, 403, detail, _("No reset by mail"))
    form = ResetRequestForm(request.POST if request.method == "POST" else None, request=request)
    if not form.is_valid():
        return form_page(request, "accounts/reset.html", form)
    page = request.build_absolute_uri(reverse("accounts:reset"))
    if len(page) > LONGEST_PAGE:
        raise DisallowedHost("The Host header is too long.")
    ResetRequest.objects.create(
        address=form.cleaned_data["email"],
        language=get_language() or settings.LANGUAGE_CODE,
        page=page,
    )
    return redirect("accounts:reset-sent")


@never_cache
@pages
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_sent.html")


@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@pages
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    """Sets a new password and ends all sessions; it signs no one in."""
    link = find_link(RESET, token)
    if link is None:
        return no_such_link(request)
    form = ResetForm(request.POST if request.method == "POST" else None, user=link.user)
    if not form.is_valid():
        return render(request, "accounts/reset_password.html", {"form": form, "owner": link.user})
    user = store_password(link, form.cleaned_data["pwd"])
    if user is None:
        return no_such_link(request)
    messages.success(request, _("Your password is changed; all devices are signed out."))
    response = redirect("accounts:login")
    if not request.user.is_authenticated:  # the device's next sign-in has attempts of its own
        remember_device(request, response, user)
    return response


@sensitive_variables("password")
def store_password(link: MailLink, password: str) -> User | None:
    """The user; None if another request used the link up."""
    with transaction.atomic():
        user = redeem(link)
        if user is None:
            return None
        user.set_password(password)  # now: a request that comes too late hashes nothing
        user.save(update_fields=["password", "password_state"])
        queue(user.email, "password_changed", {"user": user})
    return user


@never_cache
@pages
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    link = find_link(CONFIRM, token)
    if link is None:
        return no_such_link(request)
    if request.method != "POST":
        return render(request, "accounts/address_confirm.html", {"link": link})
    if not confirm_address(request, link):
        return no_such_link(request)
    messages.success(request, _("The address %s is confirmed.") % link.address)
    return redirect("accounts:profile")


@never_cache
@pages
def undo(request: HttpRequest, token: str) -> HttpResponse:
    link = find_link(UNDO, token)
    if link is None:
        return no_such_link(request)
    if request.method != "POST":
        return render(request, "accounts/address_undo.html", {"link": link})
    if not (reset := undo_address(link)):
        return no_such_link(request)
    messages.success(request, _("Your address is back, and all devices are signed out."))
    return redirect("accounts:reset-password", reset)


def no_such_link(request: HttpRequest) -> HttpResponse:
    detail = _(
        "This link has been used, is too old, or is not complete. If you followed it from a mail, "
        "ask for a new one."
    )
    return problem(request, 410, detail, _("This link is not valid"))
