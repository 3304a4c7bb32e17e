from django.conf import settings
from django.contrib import auth, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import ask_to_confirm_address, set_address
from accounts.flask_bridge import (
    end_flask_session,
    end_session_of_another,
    is_signed_in_here,
    sign_in_here_required,
)
from accounts.forms import LoginForm, PasswordForm, ProfileForm
from accounts.known_devices import remember_device
from accounts.login_guard import CONFIRMATION, count_confirmation, form_page
from accounts.mail_queue import queue
from accounts.models import User
from accounts.password_change import demand_if_weak
from accounts.reauthentication import ask_to_confirm, confirm_sign_in
from accounts.sign_in import start_session
from core.backends.form_renderer import form_status
from core.http.attempts import over
from core.http.error_pages import sign_in_first, too_many
from core.http.returned_forms import gives_back
from core.http.safe_redirects import is_page, safe_target

UNTIL_BROWSER_CLOSES = 0


@sensitive_post_parameters("pwd")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    next_url = request.POST.get("next") or request.GET.get("next", "")
    initial = {"next": next_url if is_page(request, next_url) else ""}
    data = {**request.POST.dict(), **initial} if request.method == "POST" else None
    form = LoginForm(data, initial=initial, request=request)
    if form.is_valid() and form.user:
        demand_if_weak(form.user, form.cleaned_data["pwd"])
        start_session(request, form.user)
        permanent = form.cleaned_data["remember"]
        request.session.set_expiry(None if permanent else UNTIL_BROWSER_CLOSES)
        response = redirect(safe_target(request, next_url, settings.LOGIN_REDIRECT_URL))
        remember_device(request, response, form.user, form.device)
        end_session_of_another(request, response)
        return response
    if form.is_bound or not is_signed_in_here(request):
        offers = {
            "registration_open": settings.INKPOOL_REGISTRATION == "open",
            "by_invitation": settings.INKPOOL_REGISTRATION == "invitation",
            "is_bridged": request.user.is_authenticated and not is_signed_in_here(request),
            "sends_mail": settings.INKPOOL_SENDS_MAIL,
        }
        return form_page(request, "accounts/login.html", form, **offers)
    return redirect(safe_target(request, next_url, settings.LOGIN_REDIRECT_URL))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    end_flask_session(request, response)
    auth.logout(request)
    messages.success(request, _("You are signed out."))
    if request.is_secure():  # browsers ignore the header otherwise
        # Not "cookies", which removes those of sister sites too; not "storage", with the theme.
        response["Clear-Site-Data"] = '"cache"'
    return response


@gives_back(ProfileForm)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return sign_in_first(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        has_new_address = "email" in form.changed_data
        if has_new_address and (question := ask_to_confirm(request)):
            return question
        if has_new_address and (wait := wait_to_confirm(request, form.cleaned_data["email"])):
            return too_many(request, wait)
        save_profile(request, form, has_new_address)
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=form_status(form))


def wait_to_confirm(request: HttpRequest, address: str) -> int:
    return over(CONFIRMATION, str(request.user.pk)) or count_confirmation(address)


def save_profile(request: HttpRequest, form: ProfileForm, has_new_address: bool) -> None:
    """Save all fields; a new address when its owner has confirmed it, if the site sends mail."""
    address = form.cleaned_data["email"]
    must_confirm = bool(has_new_address and address and settings.INKPOOL_SENDS_MAIL)
    with transaction.atomic():
        form.save()
        # Not the form's user, which has the new address already.
        user = User.objects.select_for_update().get(pk=form.instance.pk)
        if must_confirm:
            ask_to_confirm_address(request, user, address)
        elif has_new_address:
            set_address(request, user, address)
    messages.success(request, _("Your profile is saved."))
    if must_confirm:
        sent = _("Follow the link that was sent to %s. Your account keeps its address until then.")
        messages.info(request, sent % address)


@sensitive_post_parameters("old_pwd", "pwd", "pwd_again")
@sign_in_here_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Changes the password; only this device stays signed in."""
    form = PasswordForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        with transaction.atomic():  # the later of two fails before it ends the other's session
            form.save()
            queue(form.user.email, "password_changed", {"user": form.user})
            confirm_sign_in(request)
            request.session.save()
        messages.success(request, _("Your password is changed; other devices are signed out."))
        response = redirect("accounts:profile")
        remember_device(request, response, form.user)
        return response
    return form_page(request, "accounts/password.html", form)


@sensitive_post_parameters("present_pwd")
@sign_in_here_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks for the password again, then redirects to the page that needs it."""
    target = safe_target(request, request.GET.get("next", ""), "accounts:profile")
    return ask_to_confirm(request) or redirect(target)
