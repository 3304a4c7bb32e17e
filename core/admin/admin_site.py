"""Django's admin site; a form that is posted after the sign-in has ended is given back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

from core.admin.purge import may_purge
from core.http.error_pages import sign_in_first
from core.http.returned_forms import returned_form
from core.http.safe_redirects import safe_target


class Site(AdminSite):
    site_header = site_title = settings.INKPOOL_SITE_NAME
    index_title = _("Manage the site")

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"may_purge": may_purge(request.user), **(extra_context or {})}
        return super().index(request, context)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Django's redirects an expired POST to the sign-in page and drops the posted data."""
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
    """Redirects to the site's sign-in form, so that one limit counts all attempts.

    Raises PermissionDenied for a signed-in user: the admin sends those here who are not staff.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    target = {"next": safe_target(request, request.GET.get("next", ""), "admin:index")}
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(target)}")
