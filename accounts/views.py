from functools import partial

from django.conf import settings
from django.contrib import auth, messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.flask_bridge import (
    end_flask_session,
    end_session_of_another,
    is_signed_in_here,
    sign_in_here_required,
)
from accounts.forms import LoginForm, PasswordForm, ProfileForm, RegisterForm
from accounts.known_devices import remember_device
from accounts.login_guard import form_page
from accounts.models import User
from accounts.reauthentication import ask_to_confirm, confirm_sign_in
from core.backends.form_renderer import form_status
from core.http.error_pages import prefers_json, problem, sign_in_first
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
        start_session(request, form.user)
        permanent = form.cleaned_data["remember"]
        request.session.set_expiry(None if permanent else UNTIL_BROWSER_CLOSES)
        response = redirect(safe_target(request, next_url, settings.LOGIN_REDIRECT_URL))
        remember_device(request, response, form.user, form.device)
        end_session_of_another(request, response)
        return response
    if form.is_bound or not is_signed_in_here(request):
        open_to_all = settings.INKPOOL_REGISTRATION_OPEN
        return form_page(request, "accounts/login.html", form, registration_open=open_to_all)
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


@gives_back(partial(RegisterForm, request=HttpRequest()))
@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if not settings.INKPOOL_REGISTRATION_OPEN and prefers_json(request):
        return problem(request, 403, _("Registration is closed"))
    if not settings.INKPOOL_REGISTRATION_OPEN:
        return render(request, "accounts/register_closed.html", status=403)
    form = RegisterForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # the name was taken after is_valid()
            form.add_error("username", _("This user name is taken."))
        else:
            start_session(request, user)
            messages.success(request, _("Welcome! Your account is ready."))
            response = redirect(settings.LOGIN_REDIRECT_URL)
            remember_device(request, response, user)
            end_session_of_another(request, response)
            return response
    return form_page(request, "accounts/register.html", form)


def start_session(request: HttpRequest, user: User) -> None:
    """Sign in under a new session id; auth.login() keeps the id if the same user signs in again."""
    if request.user.is_authenticated:
        request.session.cycle_key()
    auth.login(request, user)


@gives_back(ProfileForm)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return sign_in_first(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        if "email" in form.changed_data and (question := ask_to_confirm(request)):
            return question
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=form_status(form))


@sensitive_post_parameters("old_pwd", "pwd", "pwd_again")
@sign_in_here_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Changes the password; only this device stays signed in."""
    form = PasswordForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        with transaction.atomic():  # the later of two fails before it ends the other's session
            form.save()
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
