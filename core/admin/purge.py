"""/admin/purge/: begin the caches anew (Flask-Caching: cache.clear()).

Promises: staff who may change articles, by POST, after being asked. What is in memory of each
worker of this host counts as outdated at once, and so it does on the other hosts. Sessions, counted
sign-in attempts and what functions have cached stay.
"""

import logging

from django.conf import settings
from django.contrib import admin, messages
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from core.invalidation.broadcast import tell
from core.invalidation.generations import generations

logger = logging.getLogger(__name__)
PERMISSION = "articles.change_article"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if request.method != "POST":
        context = {**admin.site.each_context(request), "title": _("Empty the caches")}
        return render(request, "admin/purge.html", context)
    if purge():
        messages.success(request, _("The caches are empty; each page is made anew."))
    else:
        messages.warning(
            request,
            _("Redis does not answer: this host's caches are empty, others follow later."),
        )
    logger.info("%s has emptied the caches.", request.user.get_username())
    return redirect("admin:index")


def purge() -> bool:
    """Whether Redis heard of it too. Never raises."""
    everything = generations().everything
    generations().bump_all()
    try:
        if settings.CACHE_URL:
            caches["queries"].clear()
    except RedisError:
        return False
    finally:
        tell(everything)  # last: it sets anew what clear() has removed
    return True
