"""Access to the views that the editor's script asks, whose answers are JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.views.writing import may_write
from core.http.attempts import Limit, over
from core.http.error_pages import problem
from core.http.request_limits import takes_body

View = Callable[..., HttpResponse]


def for_authors_script(view: View) -> View:
    """POST only, with a text; 401 if signed out, instead of a redirect to the sign-in page."""

    @takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            detail = _("You are signed out. Sign in in another tab; the text stays here.")
            return problem(request, 401, detail, sign_in=True)
        return may_write(view)(request, *args, **kwargs)

    return guarded


def too_often(request: HttpRequest, limit: Limit) -> HttpResponse | None:
    """Counts a request of the account; a 429 with the seconds to wait, if there are too many."""
    wait = over(limit, str(request.user.pk))
    if not wait:
        return None
    response = problem(request, 429, _("Too many requests. The editor goes on in a while."))
    response["Retry-After"] = str(wait)
    return response
