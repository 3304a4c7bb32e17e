"""A Flask site with the notes' g and signals, asked one thing at a time."""

import threading
from contextvars import copy_context
from typing import Any

import flask
from blinker import Namespace
from flask import Flask, flash, g, render_template_string, request, stream_with_context

app = Flask(__name__)
app.secret_key = "asdfasdf"
SIGNALS = [
    "request_started",
    "before_render_template",
    "template_rendered",
    "message_flashed",
    "got_request_exception",
    "request_finished",
    "request_tearing_down",
]


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


def asked_signal(path: str, name: str) -> list[Any]:
    """What a receiver of the notes, func(*args, **kwargs), is given: types and names."""
    told: list[Any] = []

    def func(*args: Any, **kwargs: Any) -> None:
        told.append([[type(each).__name__ for each in args], sorted(kwargs)])

    signal = getattr(flask, name)
    signal.connect(func)
    visit(path)
    signal.disconnect(func)
    return told[0]


def values_told(path: str, name: str, *keys: str, **given: Any) -> list[Any]:
    """What it is told under some of the names."""
    told: list[Any] = []

    def func(sender: Any, **kwargs: Any) -> None:
        told.append([plain(kwargs[key]) for key in given["keys"]])

    signal = getattr(flask, name)
    signal.connect(func)
    visit(path)
    signal.disconnect(func)
    return told


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("ink")
    return repr(value) if isinstance(value, Exception) else value


def receivers(orders: list[str]) -> list[str]:
    """Two receivers of one signal: who was called, and what became of an error."""
    told, signal = [], Namespace().signal("xxxxx")

    def first(sender: Any, **kwargs: Any) -> None:
        told.append("first")
        if "fails" in orders:
            raise ValueError("fails")

    signal.connect(first, *(["alice"] if "sender" in orders else []))
    if "twice" in orders:
        signal.connect(first)
    if "disconnected" in orders:
        signal.disconnect(first)
    try:
        signal.send("bob")
    except ValueError:
        told.append("raised")
    return told


def where_it_runs() -> list[bool]:
    """A receiver runs in the sender's thread, and is done when send() returns."""
    told, signal = [], Namespace().signal("xxxxx")

    def func(sender: Any) -> None:
        told.append(threading.get_ident())

    signal.connect(func)
    signal.send("app")
    return [told == [threading.get_ident()]]


@app.route("/stream")
def stream() -> Any:
    g.name = "lqz"

    def parts() -> Any:
        try:
            yield g.name
        except RuntimeError:
            yield "RuntimeError"

    parts_of = stream_with_context if request.args.get("kept") else iter
    return app.response_class(parts_of(parts()))


@app.route("/thread")
def thread() -> str:
    g.name, seen = "lqz", []

    def look() -> None:
        try:
            seen.append(g.name)
        except RuntimeError:
            seen.append("RuntimeError")

    run = copy_context().run if request.args.get("copied") else lambda work: work()
    started = threading.Thread(target=run, args=(look,))
    started.start()
    started.join()
    return seen[0]


@app.route("/nested")
def nested() -> list[Any]:
    g.name = "lqz"
    with app.app_context():
        inner = "name" in g
    return [inner, "name" in g]


@app.cli.command("uses-g")
def uses_g_in_a_command() -> None:
    g.name = "lqz"
    print(g.name)


def g_in_a_command() -> Any:
    done = app.test_cli_runner().invoke(args=["uses-g"])
    return [done.exit_code, done.stdout]


def wrong_uses() -> list[str]:
    """What is not set: read, deleted, taken out."""
    seen = []
    with app.app_context():
        for use in (lambda: g.name, lambda: delattr(g, "name"), lambda: g.pop("name")):
            try:
                use()
            except (AttributeError, KeyError) as error:
                seen.append(type(error).__name__)
    return seen
