"""Answers probes and metrics ahead of all other middleware (Flask: three routes, and
`before_request` functions that spare them).

Guarantees: neither the host's name, HTTPS, a session nor a full pool stands in their way.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from core.monitoring.metrics import plain
from core.monitoring.urls import urlpatterns

SAFE = ("GET", "HEAD")


def early_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    views = {f"/{each.pattern}": each.callback for each in urlpatterns}

    def middleware(request: HttpRequest) -> HttpResponse:
        view = views.get(request.path_info)
        if view is None:
            return get_response(request)
        response = view(request) if request.method in SAFE else not_allowed(request)
        add_never_cache_headers(response)
        return response

    return middleware


def not_allowed(request: HttpRequest) -> HttpResponse:
    answer = plain(f"{request.method} is not allowed here; GET and HEAD are.", 405)
    answer["Allow"] = ", ".join(SAFE)
    return answer
