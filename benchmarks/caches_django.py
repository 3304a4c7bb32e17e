"""The Django variants of the part caches: core.caching, and django-redis alone to compare with.

A whole request has no middleware, as the Flask side has none.
"""

import time
from functools import partial
from itertools import count
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.timing import Operation, crowd
from benchmarks.visit import ARTICLES, USER, WORK, visit

numbers = count(1)
urlpatterns: list[Any] = []


def ours() -> dict[str, Any]:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    django.setup()
    from django.core.cache import cache
    from django.core.handlers.wsgi import WSGIHandler

    from core.caching import cached, delete_memoized, memoize

    @cached(300)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(USER)

    @memoize(300)
    def articles(author: int, page: int, size: int = 10) -> list[dict[str, Any]]:
        return ARTICLES

    @memoize(300)
    def slow(number: int) -> int:
        started.append(number)
        time.sleep(WORK)
        return number

    urlpatterns.extend([path("view", view), path("plain", view.uncached)])  # type: ignore[attr-defined]
    application, calls = WSGIHandler(), count(1)
    started: list[int] = []

    def misses(threads: int) -> dict[str, Any]:
        started.clear()
        number = next(calls)
        return crowd(lambda: slow(number), threads) | {"computed": len(started)}

    cache.set("name", ARTICLES, 300)
    return {
        "plain": Operation(partial(visit, application, "/plain", "")),
        "cached": Operation(partial(visit, application, "/view", "")),
        "memoize": Operation(lambda: articles(7, page=1)),
        "miss": Operation(lambda: articles(7, next(numbers))),
        "delete function": Operation(lambda: delete_memoized(articles)),
        "delete call": Operation(lambda: delete_memoized(articles, 7, 1)),
        "set": Operation(lambda: cache.set("name", ARTICLES, 300)),
        "get": Operation(lambda: cache.get("name")),
        "misses": misses,
    }
