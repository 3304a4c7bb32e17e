from django.conf import settings
from django.contrib import auth, messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import LoginForm, RegisterForm


@sensitive_post_parameters("pwd")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = LoginForm(initial={"next": request.GET.get("next", "")}, request=request)
        return render(request, "accounts/login.html", {"form": form})
    form = LoginForm(request.POST, request=request)
    if not form.is_valid() or form.user is None:
        return render(request, "accounts/login.html", {"form": form})
    auth.login(request, form.user)
    if not form.cleaned_data["remember"]:
        request.session.set_expiry(0)  # until the browser closes
    return redirect(safe_target(request, form.cleaned_data["next"]))


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("articles:index")


@sensitive_post_parameters("pwd", "pwd_again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
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
            auth.login(request, user)
            messages.success(request, _("Welcome! Your account is ready."))
            return redirect("articles:index")
    return render(request, "accounts/register.html", {"form": form})


def safe_target(request: HttpRequest, target: str) -> str:
    """`target` if it is an address of this site, else the front page."""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()):
        return target
    return resolve_url(settings.LOGIN_REDIRECT_URL)
