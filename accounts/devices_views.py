from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.devices import end_others, failures_logged, update_row
from accounts.flask_bridge import sign_in_here_required
from accounts.known_devices import forget_devices, remember_device
from accounts.models import LoginSession, User, end_sessions
from accounts.reauthentication import recent_sign_in_required

MOST_LISTED = 200  # the latest; “Sign out all others” ends the rest as well


@never_cache
@sign_in_here_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    user, session = cast(User, request.user), request.session
    with failures_logged():  # so that the list holds this session, seen now
        update_row(request, session.id_hash or "", str(user.pk))
    devices = LoginSession.objects.filter(user=user)[:MOST_LISTED].alive()
    here = [device for device in devices if device.id_hash == session.id_hash]
    others = [device for device in devices if device.id_hash != session.id_hash]
    return render(request, "accounts/sessions.html", {"here": here, "others": others})


@never_cache
@recent_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    device = get_object_or_404(LoginSession, pk=pk, user=request.user)
    if request.method == "POST":
        forget_devices([device.id_hash])
        end_sessions([device.id_hash])
        messages.success(request, _("%(device)s is signed out.") % {"device": device})
        return redirect("accounts:sessions")
    return render(request, "accounts/sessions_end.html", {"device": device})


@never_cache
@recent_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        count = end_others(request)
        done = ngettext(
            "%(count)d other device is signed out.",
            "%(count)d other devices are signed out.",
            count,
        )
        messages.success(request, done % {"count": count})
        response = redirect("accounts:sessions")
        remember_device(request, response, cast(User, request.user))
        return response
    return render(request, "accounts/sessions_end_others.html")
