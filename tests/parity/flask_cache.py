"""The notes' Flask-Caching, in the process (SimpleCache) and on Redis (RedisCache)."""

import os
import time
from typing import Any

from flask import Flask, request, session
from flask_caching import Cache

app = Flask(__name__)
app.secret_key = "asdfasdf"
app.config.from_mapping(CACHE_TYPE="SimpleCache", CACHE_DEFAULT_TIMEOUT=300)
cache = Cache(app)
calls = {"page": 0, "sorted": 0, "double": 0}


def use(backend: str) -> None:
    """From now on that one, and empty."""
    app.config["CACHE_TYPE"] = backend
    app.config["CACHE_REDIS_URL"] = os.environ["REDIS_URL"]
    cache.init_app(app)
    cache.clear()
    calls.update(page=0, sorted=0, double=0)


@app.route("/")
def index() -> str:
    cache.set("name", "xxx")
    return "index"


@app.route("/get")
def get() -> Any:
    return cache.get("name") or "none"


@app.route("/page")
@cache.cached(timeout=60)
def page() -> str:
    calls["page"] += 1
    return f"{calls['page']}"


@app.route("/sorted")
@cache.cached(timeout=60, query_string=True)
def sorted_page() -> str:
    calls["sorted"] += 1
    return f"{calls['sorted']}"


@cache.memoize(60)
def double(number: int, times: int = 2) -> int:
    calls["double"] += 1
    return number * times


@cache.memoize(0)
def for_ever() -> int:
    calls["double"] += 1
    return calls["double"]


@app.route("/enter")
def enter() -> str:
    session["user"] = "alice"
    return ""


@app.route("/whose")
@cache.cached(timeout=60)
def whose() -> str:
    return session.get("user", "nobody")


@app.route("/unless")
@cache.cached(timeout=60, unless=lambda: "fresh" in request.args)
def unless() -> str:
    calls["page"] += 1
    return f"{calls['page']}"


@app.route("/forced")
@cache.cached(timeout=60, forced_update=lambda: "fresh" in request.args)
def forced() -> str:
    calls["page"] += 1
    return f"{calls['page']}"


@cache.cached(timeout=60, key_prefix="parity_comments")
def comments() -> int:
    calls["double"] += 1
    return calls["double"]


def visit(*paths: str, **given: Any) -> list[Any]:
    """What each path answers, one after the other, in one browser."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    answers = [client.get(path) for path in given.get("paths", paths)]
    return [answer.text if answer.status_code == 200 else answer.status_code for answer in answers]


def kept(timeout: float | None, wait: float) -> bool:
    """Whether a value that was set so is there after a while."""
    cache.set("kept", 1, timeout=timeout)
    time.sleep(wait)
    return cache.get("kept") is not None


def memoized(orders: list[list[Any]]) -> list[int]:
    """double(…) for each ["call", args, kwargs]; forgotten by ["delete", args]."""
    cache.clear()
    calls["double"], seen = 0, []
    for name, args, *more in orders:
        if name == "call":
            double(*args, **(more[0] if more else {}))
            seen.append(calls["double"])
        else:
            cache.delete_memoized(double, *args)
    return seen


def for_ever_twice() -> list[int]:
    calls["double"] = 0
    return [for_ever(), for_ever()]


def comments_then(delete: bool) -> list[int]:
    """Without a request: twice, and once more after cache.delete of its prefix."""
    calls["double"] = 0
    with app.test_request_context():
        seen = [comments(), comments()]
        if delete:
            cache.delete("parity_comments")
        return [*seen, comments()]


def verbs() -> dict[str, Any]:
    """What each method of the cache answers."""
    cache.set("a", 1)
    return {
        "add, there": bool(cache.add("a", 2)),
        "add": bool(cache.add("b", 2)),
        "get": [cache.get("a"), cache.get("b"), cache.get("nothing")],
        "delete": bool(cache.delete("a")),
        "delete, not there": bool(cache.delete("a")),
        "is it there": [bool(cache.has("a")), bool(cache.has("b"))],
    }


def many() -> Any:
    cache.set_many({"a": 1, "b": 2})
    return cache.get_many("a", "b", "nothing")
