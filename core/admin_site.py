"""Django's admin, but a form that is sent after the sign-in has ended is given back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.returned_forms import returned_form
from core.views import sign_in_first


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
