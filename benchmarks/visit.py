"""One request to a WSGI application, without a socket; and the values that both sides keep."""

import io
import sys
from collections.abc import Callable
from typing import Any

USER = "alice_writes"  # the one account of this part
VALUES: dict[str, Any] = {  # six keys, 200 bytes as JSON
    "user_id": 1,
    "user_backend": "django.contrib.auth.backends.ModelBackend",
    "user_hash": "h" * 64,
    "theme": "dark",
    "basket": [101, 102, 103],
    "visits": 0,
}

ARTICLES = [{"id": n, "title": f"Notes on caching, part {n}", "author": USER} for n in range(10)]
WORK = 0.1  # seconds that a slow function takes


def visit(application: Callable[..., Any], path: str, cookie: str) -> None:
    """A GET that is to be answered with the user's name. Raises RuntimeError otherwise."""
    told: list[str] = []
    answer = application(
        environ(path, cookie), lambda status, headers, error=None: told.append(status)
    )
    try:
        body = b"".join(answer)
    finally:
        answer.close()
    if body != USER.encode():
        raise RuntimeError(f"{path}: {told[0]}, {body[:200]!r}")


def environ(path: str, cookie: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": cookie,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
