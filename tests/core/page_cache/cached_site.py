"""The site with its page cache, in the test's own process."""

import io
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from core.page_cache.serving import PageCache


class Answer:
    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.body = int(status[:3]), body
        self.headers = dict(headers)
        self.kept = self.headers.get("Cache-Status", "")

    @property
    def is_hit(self) -> bool:
        return self.kept.startswith("Inkpool; hit")


class Site:
    """The page cache in front of Django, asked as a server asks it."""

    def __init__(self, limit: int = 10_000_000) -> None:
        self.calls = 0
        self.django = get_wsgi_application()
        self.cache = PageCache(self.count, limit)

    def count(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.calls += 1
        return self.django(environ, start_response)

    def get(self, address: str = "/", method: str = "GET", **variables: str) -> Answer:
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "testserver",
            "HTTP_ACCEPT": "text/html",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **variables,
        }
        started: list[Any] = []
        body = self.cache(environ, lambda *args: started.append(args))
        return Answer(started[0][0], started[0][1], b"".join(body))
