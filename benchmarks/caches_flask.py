"""The variant of the part caches on the Flask side: Flask-Caching. Runs in .venv-flask."""

import os
import time
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from flask_caching import Cache

from benchmarks.timing import Operation, crowd
from benchmarks.visit import ARTICLES, USER, WORK, visit

numbers = count(1)


def flask_caching() -> dict[str, Any]:
    app = Flask(__name__)
    place = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": os.environ["REDIS_URL"]}
    cache = Cache(app, config=place)
    calls = count(1)
    started: list[int] = []

    @app.route("/view")
    @cache.cached(300)
    def view() -> str:
        return USER

    app.add_url_rule("/plain", view_func=view.uncached, endpoint="plain")

    @cache.memoize(300)
    def articles(author: int, page: int, size: int = 10) -> list[dict[str, Any]]:
        return ARTICLES

    @cache.memoize(300)
    def slow(number: int) -> int:
        started.append(number)
        time.sleep(WORK)
        return number

    def within(function: Any) -> Any:
        """Outside of a request there is no application, which each thread has to be given."""
        with app.app_context():
            return function()

    def misses(threads: int) -> dict[str, Any]:
        started.clear()
        number = next(calls)
        found = crowd(lambda: within(lambda: slow(number)), threads)
        return found | {"computed": len(started)}

    app.app_context().push()
    cache.set("name", ARTICLES, timeout=300)
    return {
        "plain": Operation(partial(visit, app, "/plain", "")),
        "cached": Operation(partial(visit, app, "/view", "")),
        "memoize": Operation(lambda: articles(7, page=1)),
        "miss": Operation(lambda: articles(7, next(numbers))),
        "delete function": Operation(lambda: cache.delete_memoized(articles)),
        "delete call": Operation(lambda: cache.delete_memoized(articles, 7, 1)),
        "set": Operation(lambda: cache.set("name", ARTICLES, timeout=300)),
        "get": Operation(lambda: cache.get("name")),
        "misses": misses,
    }
