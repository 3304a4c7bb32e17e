"""Access to the views that the editor's script asks, whose answers are JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.views.writing import may_write, of_another_account
from core.http.attempts import Limit, over
from core.http.error_pages import problem
from core.http.request_limits import takes_body

View = Callable[..., HttpResponse]


def answers_signed_out(view: View) -> View:
    """401 instead of a redirect, which a script would follow to the sign-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return of_another_account(request) or view(request, *args, **kwargs)
        detail = _("You are signed out. Sign in in another tab; the text stays here.")
        return problem(request, 401, detail, sign_in=True)

    return guarded


def for_authors_script(view: View) -> View:
    """For authors: POST only, with a text."""
    guarded = require_POST(answers_signed_out(may_write(view)))
    return takes_body(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)(guarded)


def too_often(request: HttpRequest, limit: Limit) -> HttpResponse | None:
    """Counts a request of the account; a 429 with the seconds to wait, if there are too many."""
    wait = over(limit, str(request.user.pk))
    if not wait:
        return None
    response = problem(request, 429, _("Too many requests. The editor goes on in a while."))
    response["Retry-After"] = str(wait)
    return response
