"""Django's admin, but a form that is sent after the sign-in has ended is given back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.http.error_pages import sign_in_first
from core.http.returned_forms import returned_form
from core.http.safe_redirects import safe_target


class Site(AdminSite):
    site_header = site_title = "Inkpool"
    index_title = _("Manage the site")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Django's sends the person to the sign-in page and drops what was posted."""
        stock = super().admin_view(view, cacheable)

        @wraps(stock)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST" and not self.has_permission(request):
                if request.user.is_authenticated:
                    raise PermissionDenied
                if returned_form(request):
                    return sign_in_first(request)
            return stock(request, *args, **kwargs)

        return guarded


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin has no sign-in of its own: one form, one count of attempts."""
    if request.user.is_authenticated:  # and yet sent here: not of the staff
        raise PermissionDenied
    target = {"next": safe_target(request, request.GET.get("next", ""), "admin:index")}
    return redirect(f"{reverse('accounts:login')}?{urlencode(target)}")
