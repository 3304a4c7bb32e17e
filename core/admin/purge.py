"""/admin/purge/: empties the caches (Flask-Caching: cache.clear()).

Open to superusers and to staff who hold a permission that an app has registered by
`allow_purge_to()`; it asks for confirmation and acts on POST only. It outdates what a write can
outdate: pages, rows of users, results of queries and of functions cached with `subjects=`; on this
host at once, on others as soon as the message arrives. Sessions, counted sign-in attempts and
results of functions cached for a time are kept.
"""

import logging
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.invalidation.broadcast import tell
from core.invalidation.generations import EVERYTHING, generations

logger = logging.getLogger(__name__)
_permissions: set[str] = set()


def allow_purge_to(permission: str) -> None:
    """Open the page to staff with `permission` ("app.codename"); for an app's AppConfig.ready()."""
    _permissions.add(permission)


def may_purge(user: Any) -> bool:
    return bool(user.is_superuser) or any(map(user.has_perm, _permissions))


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    if not may_purge(request.user):
        raise PermissionDenied
    if request.method != "POST":
        context = {**admin.site.each_context(request), "title": _("Empty the caches")}
        return render(request, "admin/purge.html", context)
    if purge():
        messages.success(request, _("The caches are empty; each page is rendered again."))
    else:
        messages.warning(
            request,
            _("Redis does not answer: this host's caches are empty, others follow later."),
        )
    logger.info("%s has emptied the caches.", request.user.get_username())
    return redirect("admin:index")


def purge() -> bool:
    """Outdate what a write can outdate, on every host; False if Redis did not take the message,
    which is then sent later."""
    generations().bump(EVERYTHING)
    return tell(EVERYTHING)
