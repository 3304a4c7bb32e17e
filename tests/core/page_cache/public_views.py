"""Requests for public views, and a view that counts its calls."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.page_cache.common_pages import public

Shown = Callable[..., str]


def asked(path: str = "/", method: str = "GET", user: str = "Alice", **headers: str) -> HttpRequest:
    request = RequestFactory().generic(method, path, HTTP_HOST="testserver", **headers)
    request.user = user  # type: ignore[assignment]
    return request


class Page:
    """A public view that shows the next of these texts each time it is called."""

    def __init__(self, *texts: str, until: Any = lambda: None) -> None:
        self.texts = iter(texts)
        self.view = public(until=until)(lambda request: HttpResponse(next(self.texts)))

    def get(self, *args: str, **kwargs: str) -> str:
        return self.view(asked(*args, **kwargs)).content.decode()
