"""The samples of docs/ that show Flask's side, run as they stand."""

import os
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from flask import Flask, g


def shown(samples: list[str], name: str) -> dict[str, Any]:
    """All of a page, one after the other; what they print, and what `name` below finds then."""
    app = Flask(__name__)
    app.secret_key = "asdfasdf"
    names: dict[str, Any] = {"__name__": "sample", "app": app, **at_hand(app)}
    with redirect_stdout(StringIO()) as said:
        for sample in samples:
            exec(compile(sample, "sample", "exec"), names)
    return {"said": said.getvalue(), "found": FINDS[name](names) if name in FINDS else None}


def at_hand(app: Flask) -> dict[str, Any]:
    """What the samples take for granted: an app, a cache and a Redis."""
    try:
        from flask_caching import Cache
        from redis import Redis
    except ImportError:  # Flask-Script's own environment
        from tests.parity import flask_manager  # gives Python's getargspec back

        return {"flask_manager": flask_manager}
    cache = Cache(app, config={"CACHE_TYPE": "SimpleCache"})
    conn = Redis.from_url(os.environ["REDIS_URL"])
    return {"cache": cache, "conn": conn, "Redis": lambda **where: conn}


def form_errors(names: dict[str, Any]) -> Any:
    from werkzeug.datastructures import MultiDict

    def errors(form: str, data: dict[str, str]) -> Any:
        judged = names[form](MultiDict(data))
        judged.validate()
        return judged.errors

    registered = {"name": "admin", "pwd": "Blue$ink7", "again": "Blue$ink8"}
    return [errors("LoginForm", {"name": "lqz"}), errors("RegisterForm", registered)]


def g_of_a_request(names: dict[str, Any]) -> Any:
    with names["app"].test_request_context():
        names["app"].preprocess_request()
        return g.user


def clicked(names: dict[str, Any]) -> Any:
    return names["app"].test_cli_runner().invoke(args=["custom", "123"]).output


def managed(names: dict[str, Any]) -> Any:
    with redirect_stdout(StringIO()) as said:
        names["manager"].handle("manage.py", ["custom", "123"])
    return said.getvalue()


def kept(names: dict[str, Any]) -> Any:
    """Whether a value of one request is there in the next, in one key of Redis."""
    from flask import session

    app, conn = names["app"], names["conn"]
    app.add_url_rule("/set", "set", lambda: session.update(user="lqz") or "")
    app.add_url_rule("/get", "get", lambda: session.get("user", ""))
    before, client = set(conn.keys("session:*")), app.test_client()
    client.get("/set")
    answer = client.get("/get").text
    conn.delete(*(made := set(conn.keys("session:*")) - before))
    return [answer, len(made), type(app.session_interface).__name__]


def planted(names: dict[str, Any]) -> Any:
    """Whom the attacker is signed in as, with the id that was planted."""
    found = names["attacker"].get("/who").text
    names["conn"].delete("session:planted")
    return found


def visits(names: dict[str, Any]) -> Any:
    """The answers to two requests of one browser; the tour's program for `g` and the session."""
    client = names["app"].test_client()
    return [client.get("/").json for _ in range(2)]


def form_errors_of_the_tour(names: dict[str, Any]) -> Any:
    from werkzeug.datastructures import MultiDict

    pairs = [("", ""), ("lqz", "1234567"), ("alice_writes", "12345678"), ("lqz_blog", "Blue$ink7")]
    forms = [names["LoginForm"](MultiDict({"name": name, "pwd": pwd})) for name, pwd in pairs]
    for form in forms:
        form.validate()
    return [list(form.errors) for form in forms]


FINDS = {
    "forms": form_errors,
    "g": g_of_a_request,
    "commands": clicked,
    "script": managed,
    "sessions": kept,
    "planted": planted,
    "tour-session": visits,
    "tour-g": visits,
    "tour-set": lambda names: [
        names["app"].test_client().get("/").text,
        names["cache"].get("name"),
    ],
    "tour-get": lambda names: (
        names["cache"].set("name", "xxx") and names["app"].test_client().get("/get").text
    ),
    "tour-pool": lambda names: [len(names["answers"]), names["POOL"]._maxconnections],
    "tour-signal": lambda names: names["rows"],
    "tour-login": form_errors_of_the_tour,
}
