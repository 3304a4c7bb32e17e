from typing import cast

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import LoginForm, PasswordForm, ProfileForm, RegisterForm
from accounts.models import User
from core.redirects import safe_target
from core.views import prefers_json, problem, too_many

UNTIL_BROWSER_CLOSES = 0


@sensitive_post_parameters("pwd")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = LoginForm(initial={"next": request.GET.get("next", "")}, request=request)
        return login_page(request, form)
    form = LoginForm(request.POST, request=request)
    if not form.is_valid() or form.user is None:
        return login_page(request, form)
    start_session(request, form.user)
    request.session.set_expiry(None if form.cleaned_data["remember"] else UNTIL_BROWSER_CLOSES)
    target = form.cleaned_data["next"]
    return redirect(safe_target(request, target, settings.LOGIN_REDIRECT_URL))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("articles:index")


@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if not settings.REGISTRATION_OPEN and prefers_json(request):
        return problem(request, 403, _("Registration is closed"))
    if not settings.REGISTRATION_OPEN:
        return render(request, "accounts/register_closed.html", status=403)
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:  # the name went to somebody else since is_valid() looked
            form.add_error("username", _("This user name is taken."))
        else:
            start_session(request, user)
            messages.success(request, _("Welcome! Your account is ready."))
            return redirect("articles:index")
    return render(request, "accounts/register.html", {"form": form})


def start_session(request: HttpRequest, user: User) -> None:
    """Sign in under a new session id: auth.login() keeps that of one who signs in again."""
    before = request.session.session_key
    auth.login(request, user)
    if request.session.session_key == before:
        request.session.cycle_key()


def login_page(request: HttpRequest, form: LoginForm) -> HttpResponse:
    if form.wait and prefers_json(request):
        return too_many(request, form.wait)
    context = {"form": form, "registration_open": settings.REGISTRATION_OPEN}
    response = render(request, "accounts/login.html", context, status=429 if form.wait else 200)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@sensitive_post_parameters("old_pwd", "pwd", "pwd_again")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """This device stays signed in; the others have to sign in anew."""
    user = cast(User, request.user)  # login_required has seen to it
    form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        auth.update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed; other devices are signed out."))
        return redirect("accounts:profile")
    return render(request, "accounts/password.html", {"form": form})
