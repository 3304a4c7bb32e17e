"""The site's side of the part pages, within a process: a call of its WSGI application, and a bare
one that answers with the same bytes, which is the ceiling of any."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from benchmarks.timing import Operation
from benchmarks.visit import environ

JSON = "application/json"
TEXT = b'[{"id":1,"title":"' + b"x" * 700 + b'","author":"alice_writes"}]'
HEADERS = [("Content-Type", JSON), ("Content-Length", str(len(TEXT)))]


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A constant answer of about the length of GET /articles."""
    start_response("200 OK", HEADERS)
    return [TEXT]


def constant() -> dict[str, Any]:
    return {"call": Operation(partial(call, bare, asked("/articles")))}


def site() -> dict[str, Any]:
    from core.wsgi import application

    return {"call": Operation(partial(call, application, asked("/articles")))}


def asked(path: str) -> dict[str, Any]:
    return {**environ(path, ""), "HTTP_ACCEPT": JSON}


def call(application: Callable[..., Any], asked: dict[str, Any]) -> None:
    """Raises RuntimeError for another status than 200."""
    told: list[str] = []
    answer = application(dict(asked), lambda status, headers, error=None: told.append(status))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if told[0] != "200 OK" or not body:
        raise RuntimeError(f"{told[0]}: {body[:200]!r}")
