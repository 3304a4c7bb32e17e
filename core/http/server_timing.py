"""The time of a request and of its queries, for the browser's tools (Flask: g.start by hand).

Guarantees: with DEBUG each response of Django has the header `Server-Timing`; without it nothing is
measured. Measure a part of a view by `with timed("name"):`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connections
from django.http import HttpRequest, HttpResponse

from core.g import g
from core.http import GetResponse

TOTAL, QUERIES = "total", "db"


def timings(get_response: GetResponse) -> GetResponse:
    if not settings.DEBUG:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        g.timings = {}
        with timed(TOTAL), timed_queries():
            response = get_response(request)
        response["Server-Timing"] = ", ".join(
            f'{name};dur={1000 * seconds:.1f};desc="{name} x {count}"'
            for name, (count, seconds) in g.timings.items()
        )
        return response

    return middleware


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Adds the seconds of the block to `name`, a word, if there is a request to measure."""
    kept: dict[str, tuple[int, float]] | None = g.get("timings") if g else None
    if kept is None:
        yield
        return
    start = perf_counter()
    try:
        yield
    finally:
        count, seconds = kept.get(name, (0, 0.0))
        kept[name] = count + 1, seconds + perf_counter() - start


@contextmanager
def timed_queries() -> Iterator[None]:
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(timed_query))
        yield


def timed_query(execute: Callable[..., Any], *args: Any) -> Any:
    with timed(QUERIES):
        return execute(*args)
