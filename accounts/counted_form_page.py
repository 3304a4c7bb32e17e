"""A page with a form whose attempts are counted, and its 429."""

from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.http.error_pages import prefers_json, too_many


class CountedForm(Protocol):
    wait: int  # seconds, when there were too many attempts


def form_page(
    request: HttpRequest, template: str, form: CountedForm, **context: Any
) -> HttpResponse:
    if form.wait and prefers_json(request):
        return too_many(request, form.wait)
    status = 429 if form.wait else 200
    response = render(request, template, {"form": form, **context}, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response
