"""Error pages: HTML for browsers, problem+json (RFC 9457) for programs.

Guarantees: error pages use neither the database nor the session, so they work without them.
"""

import json
import sys
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import loader
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from core.failures.busy import TooBusy
from core.failures.database_errors import is_temporary
from core.failures.read_only import read_only_variable
from core.failures.redis_faults import is_outage, refuses_writes
from core.http.csrf_refusals import explain, log_source
from core.http.failure_log import log_mistake, log_outage, mark_outage
from core.http.file_refusal import FilesRefused
from core.http.request_id import current_id
from core.http.returned_forms import mark, page_context, returned_form
from core.http.safe_redirects import safe_target

RETRY_AFTER = 5  # seconds


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 for files and for too much content, for which Django has no handler."""
    if isinstance(exception, SessionInterrupted):
        return session_ended(request)
    if isinstance(exception, FilesRefused):
        return problem(request, 413, _("This page takes no files."))
    if isinstance(exception, RequestDataTooBig):
        return problem(request, 413, _("What you have sent is more than this page takes."))
    return problem(request, 400, _("This request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 403, _("You may not see or do this."))


def session_ended(request: HttpRequest) -> HttpResponse:
    """400 for a request whose session was ended by another request meanwhile."""
    detail = _(
        "You were signed out while this was being done: in another window, on another device or "
        "by a new password. Sign in again, and look what was saved before you repeat it."
    )
    return problem(request, 400, detail, _("Your session has ended"), sign_in=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403; a sign-in form older than the sign-in in another tab redirects instead."""
    if is_signed_in_at_login(request):
        target = request.POST.get("next", "")
        return redirect(safe_target(request, target, settings.LOGIN_REDIRECT_URL))
    is_logged = log_source(request, reason)
    is_returned = returned_form(request) is not None
    title, detail = explain(reason, is_returned=is_returned, is_logged=is_logged)
    return problem(request, 403, detail, title)


def is_signed_in_at_login(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or match.view_name != settings.LOGIN_URL:
        return False
    return request.user.is_authenticated


def sign_in_first(request: HttpRequest, back: str = "") -> HttpResponse:
    """Redirects to the sign-in, which leads back to `back` or here; a posted form is returned."""
    if returned_form(request):
        detail = _(
            "Your sign-in has ended, so nothing was saved. What you typed is below: sign in in a "
            "new tab, then come back here and send it again."
        )
        return problem(request, 403, detail, _("You are signed out"), sign_in=True)
    return redirect_to_login(back or request.get_full_path())


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, _("There is no page at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database or Redis cannot answer at the moment, or the process is too busy."""
    error = sys.exc_info()[1]
    if isinstance(error, TooBusy):
        response = unavailable(request)
        log_outage(request, response, error)
        return response
    if error is not None and (is_temporary(error) or is_outage(error)):
        page = read_only if read_only_variable(error) else unavailable
        response = page(request)
        log_outage(request, response, error)
        mark_outage(request, error)
        return response
    if isinstance(error, DatabaseError):
        return refused_by_database(request, error)
    return problem(request, 500, _("Something broke on our side. Please try again later."))


def refused_by_database(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """500: the database answers, and would refuse the same request again."""
    detail = _(
        "The database refused this request and would refuse it again. The cause is in the "
        "site's log. Keep a copy of what you typed."
    )
    response = problem(request, 500, detail)
    log_mistake(request, response, error)
    return response


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    answer = problem(request, 429, _("There were too many attempts. Please wait."))
    answer["Retry-After"] = str(wait)
    return answer


def unavailable(request: HttpRequest, detail: str = "") -> HttpResponse:
    detail = detail or _("The site is temporarily unavailable. Please try again in a moment.")
    answer = problem(request, 503, detail)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def read_only(request: HttpRequest) -> HttpResponse:
    """503 while the database can be read but not written."""
    detail = _(
        "Signing in and saving are not possible at the moment; everything can still be read. "
        "Please try again in a few minutes."
    )
    return unavailable(request, detail)


def sessions_read_only(request: HttpRequest) -> HttpResponse:
    """503 while the Redis of the sessions can be read but not written.

    The database still accepts writes, so the view may have saved before its session failed.
    """
    detail = _(
        "Signing in is not possible at the moment; everything can still be read. If you were "
        "saving something, look whether it was saved before you send it again. Please try again "
        "in a few minutes."
    )
    return unavailable(request, detail)


def session_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """503 for a request in which Redis failed (INKPOOL_SESSION_FAILURE_VIEW)."""
    response = sessions_read_only(request) if refuses_writes(error) else unavailable(request)
    log_outage(request, response, error)
    return response


def prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def problem(
    request: HttpRequest, status: int, detail: str, title: str = "", *, sign_in: bool = False
) -> HttpResponse:
    """An error response as HTML or JSON, whichever the client prefers.

    The HTML page holds the form that was posted (core.http.returned_forms).
    """
    if prefers_json(request):
        response = problem_json(status, detail, title)
    else:
        page = {"status": status, "title": title, "detail": detail, "sign_in": sign_in}
        response = problem_page(request, page | {"request_id": current_id()})
    response.status_code = status
    patch_vary_headers(response, ["Accept"])
    return response


def problem_json(status: int, detail: str, title: str) -> HttpResponse:
    title = title or HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {"request_id": current_id()} if current_id() else {}
    return HttpResponse(json.dumps(body, ensure_ascii=False), "application/problem+json")


def problem_page(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    form = returned_form(request)
    if form is None:
        page["sign_in"] = page["sign_in"] or page["status"] == 403
        return HttpResponse(loader.render_to_string("error.html", page))
    page |= page_context(request, form)
    response = HttpResponse(loader.render_to_string("error.html", page))
    mark(request, response)
    return response
