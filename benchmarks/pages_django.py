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
OUR_HEADERS = [  # those of GET /articles
    *HEADERS,
    ("X-Frame-Options", "DENY"),
    ("Content-Language", "en"),
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "max-age=0, stale-if-error=600"),
    ("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie"),
    ("ETag", '"00000000000000000000000000000000"'),
    ("Cache-Status", "Inkpool; hit"),
]


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A constant answer of about the length of GET /articles."""
    start_response("200 OK", HEADERS)
    return [TEXT]


def bare_with_our_headers(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """As many bytes as ours sends: what is left between the two is what our code costs."""
    start_response("200 OK", OUR_HEADERS)
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
