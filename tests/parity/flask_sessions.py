"""Flask-Session on Redis, set up in both of the notes' ways; a view does what it is told."""

import os
from datetime import timedelta
from typing import Any

from flask import Flask, jsonify, request, session
from flask_session import Session
from flask_session.redis import RedisSessionInterface
from redis import Redis

NOT_GIVEN: Any = object()


def visit(do: list[Any], cookie: str = "", **options: Any) -> dict[str, Any]:
    """One request to a site of its own: [["set", key, value], ["clear"], …], and what is seen."""
    headers = {"Cookie": cookie} if cookie else {}
    with site(**options).test_client(use_cookies=False) as client:
        answer = client.post("/", json=do, headers=headers)
        return {
            "status": answer.status_code,
            "seen": answer.json,
            "cookies": answer.headers.getlist("Set-Cookie"),
        }


def site(
    way: str = "interface",
    prefix: str | None = "parity:",
    signer: bool = True,
    permanent: bool = True,
    length: int = 32,
    lifetime: int | None = None,
) -> Flask:
    app = Flask(__name__)
    app.secret_key = "asdfasdf"
    if lifetime:
        app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=lifetime)
    client = Redis.from_url(os.environ["REDIS_URL"])
    if way == "interface":
        app.session_interface = RedisSessionInterface(
            app, client, prefix, use_signer=signer, permanent=permanent, sid_length=length
        )
    else:
        configure(app, client, prefix, signer, permanent, length)
    app.post("/")(view)
    return app


def configure(
    app: Flask, client: Any, prefix: str | None, signer: bool, permanent: bool, length: int
) -> None:
    app.config["SESSION_TYPE"] = "redis"
    app.config["SESSION_REDIS"] = client
    app.config["SESSION_USE_SIGNER"] = signer
    app.config["SESSION_PERMANENT"] = permanent
    app.config["SESSION_ID_LENGTH"] = length
    if prefix is not None:
        app.config["SESSION_KEY_PREFIX"] = prefix
    Session(app)


def view() -> Any:
    for name, *words in request.json:
        DEEDS[name](*words)
    return jsonify({key: session[key] for key in session if not key.startswith("_")})


def increment(key: str) -> None:
    session[key] = session.get(key, 0) + 1


def meanwhile(key: str) -> None:
    """Another request of the same visitor, which begins and ends while this one runs."""
    session.get("a")
    from flask import current_app

    with current_app.test_client(use_cookies=False) as client:
        client.post("/", json=[["set", key, 1]], headers={"Cookie": request.headers["Cookie"]})


DEEDS = {
    "set": lambda key, value: session.__setitem__(key, value),
    "set_bytes": lambda key: session.__setitem__(key, b"ink"),
    "append": lambda key, value: session[key].append(value),
    "pop": lambda key: session.pop(key),
    "clear": lambda: session.clear(),
    "permanent": lambda value: setattr(session, "permanent", value),
    "modified": lambda: setattr(session, "modified", True),
    "increment": increment,
    "meanwhile": meanwhile,
}
