"""Django's test client in front of which the page cache stands, as in core.wsgi."""

from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from core.page_cache.serving import PageCache


class CachedHandler(ClientHandler):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cache = PageCache(self.django)

    def django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> HttpResponse:
        response: HttpResponse = super().__call__(environ)
        start_response(f"{response.status_code} ", list(response.items()))
        return response

    def __call__(self, environ: dict[str, Any]) -> HttpResponse:
        started: list[Any] = []
        answer = self.cache(environ, lambda *args: started.append(args))
        if isinstance(answer, HttpResponse):
            return answer
        [(status, headers)] = started
        response = HttpResponse(b"".join(answer), status=int(status[:3]), headers=dict(headers))
        response.wsgi_request = WSGIRequest(environ)  # type: ignore[attr-defined]
        return response


class CachedClient(Client):
    """A browser whose pages come through the page cache."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, HTTP_HOST="testserver", **kwargs)
        self.handler = CachedHandler(enforce_csrf_checks=False)
