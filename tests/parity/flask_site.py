"""A Flask site with the notes' cache, g and signals, asked one thing at a time."""

import time
from typing import Any

import flask
from blinker import Namespace
from flask import Flask, flash, g, render_template_string, request, session
from flask_caching import Cache

app = Flask(__name__)
app.secret_key = "asdfasdf"
app.config.from_mapping(CACHE_TYPE="SimpleCache", CACHE_DEFAULT_TIMEOUT=300)
cache = Cache(app)
calls = {"page": 0, "sorted": 0, "double": 0}
SIGNALS = [
    "request_started",
    "before_render_template",
    "template_rendered",
    "message_flashed",
    "got_request_exception",
    "request_finished",
    "request_tearing_down",
]


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


@app.route("/g")
def uses_g() -> dict[str, Any]:
    before = "name" in g
    g.name = "lqz"
    if request.args.get("fails"):
        raise ValueError("fails")
    seen = [g.get("name"), g.get("none"), g.setdefault("n", 1), sorted(g), g.pop("name")]
    return {"before": before, "seen": seen, "after": "name" in g}


@app.route("/render")
def render() -> str:
    flash("saved", "success")
    return render_template_string("{{ ink }}", ink="blue")


@app.route("/fail")
def fail() -> str:
    raise ValueError("fails")


def visit(*paths: str, **given: Any) -> list[Any]:
    """What each path answers, one after the other, in one browser."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    answers = [client.get(path) for path in given.get("paths", paths)]
    return [answer.text if answer.status_code == 200 else answer.status_code for answer in answers]


def ask_json(path: str) -> Any:
    return app.test_client().get(path).json


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


def g_outside() -> str:
    try:
        g.name = "lqz"
    except RuntimeError as error:
        return type(error).__name__
    return "none"


def heard(path: str) -> list[str]:
    """The signals that a request sends, in their order."""
    told: list[str] = []

    def receiver_of(name: str) -> Any:
        return lambda sender, **kwargs: told.append(name)

    receivers = {name: receiver_of(name) for name in SIGNALS}
    for name, receiver in receivers.items():
        getattr(flask, name).connect(receiver, app)
    visit(path)
    for name, receiver in receivers.items():
        getattr(flask, name).disconnect(receiver, app)
    return told


def custom_signal() -> Any:
    """xxxxx.send(1, k='2') of the notes: what the receiver is given, and its answer."""
    told = []

    def func3(*args: Any, **kwargs: Any) -> str:
        told.append([list(args), kwargs])
        return "heard"

    xxxxx = Namespace().signal("xxxxx")
    xxxxx.connect(func3)
    answers = [answer for _, answer in xxxxx.send(1, k="2")]
    del func3
    return {"told": told, "answers": answers, "after": len(xxxxx.send(1, k="2"))}
