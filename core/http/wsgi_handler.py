"""Django's WSGI handler with requests that are decoded as UTF-8 only.

Django applies the `charset` of a Content-Type to the query string while it creates the request. A
codec that fails there is a bare 500, before any middleware and without an error page;
`core.http.request_limits` refuses such a request with a page.
"""

from threading import get_ident
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.response import HttpResponseBase

from core.http.charsets import parameters_of
from core.workers.worker_threads import worker


class Request(WSGIRequest):
    """A request whose query and form are decoded as UTF-8, whatever its `charset`."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parameters_of(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        thread = get_ident()
        worker.requests().add(thread)
        try:
            return super().__call__(environ, start_response)
        finally:
            worker.requests().discard(thread)
