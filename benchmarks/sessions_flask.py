"""The variants of the part sessions on the Flask side: Flask-Session as the notes set it up.

A whole request reads its user through PooledDB. Runs in .venv-flask.
"""

import json
import os
import warnings
from functools import partial
from http.cookies import SimpleCookie
from itertools import count
from typing import Any

import MySQLdb
from dbutils.pooled_db import PooledDB
from flask import Flask, Request, session
from flask_session.redis import RedisSessionInterface
from MySQLdb.cursors import DictCursor
from redis import Redis

from benchmarks.timing import Operation
from benchmarks.visit import VALUES, environ, visit

warnings.simplefilter("ignore", DeprecationWarning)  # the signer is one, in Flask-Session
numbers = count(1)


def flask_session(signer: bool) -> dict[str, Any]:
    app = site(signer)
    cookie = create(app, *blank(app))
    return {
        "load": Operation(partial(open_session, app), partial(asked, cookie)),
        "save": Operation(lambda kept: save(app, *kept), lambda: changed(app, asked(cookie))),
        "load and save": Operation(
            lambda request: save(app, *changed(app, request)), partial(asked, cookie)
        ),
        "create": Operation(lambda made: create(app, *made), partial(blank, app)),
        "read request": Operation(partial(visit, app, "/read", cookie)),
        "write request": Operation(partial(visit, app, "/write", cookie)),
    }


def site(signer: bool) -> Flask:
    app = Flask(__name__)
    app.secret_key = "the-key-of-a-benchmark-which-guards-nothing"
    client = Redis.from_url(os.environ["REDIS_URL"])
    prefix = f"flask:{signer}:"
    app.session_interface = RedisSessionInterface(app, client, prefix, signer, True, 32)
    server = json.loads(os.environ["BENCH_MARIADB"])
    pool = PooledDB(MySQLdb, maxconnections=6, mincached=2, maxcached=5, blocking=True, **server)

    @app.route("/read")
    def read() -> str:
        return user(pool, session["user_id"])["username"]

    @app.route("/write")
    def write() -> str:
        session["visits"] = next(numbers)
        return read()

    return app


def user(pool: PooledDB, id: int) -> Any:
    """SQLHelper.fetch_one() of the notes."""
    connection = pool.connection()
    cursor = connection.cursor(DictCursor)
    cursor.execute("SELECT * FROM accounts_user WHERE id = %s", [id])
    found = cursor.fetchone()
    connection.commit()
    cursor.close()
    connection.close()
    return found


def asked(cookie: str) -> Request:
    return Request(environ("/read", cookie))


def blank(app: Flask) -> tuple[Request, Any]:
    return asked(""), app.response_class()


def open_session(app: Flask, request: Request) -> Any:
    return app.session_interface.open_session(app, request)


def changed(app: Flask, request: Request) -> tuple[Any, Any]:
    opened = open_session(app, request)
    opened["visits"] = next(numbers)
    return opened, app.response_class()


def save(app: Flask, opened: Any, response: Any) -> None:
    app.session_interface.save_session(app, opened, response)


def create(app: Flask, request: Request, response: Any) -> str:
    """The cookie of a session that is new."""
    opened = open_session(app, request)
    opened.update(VALUES)
    save(app, opened, response)
    return cookie_of(response)


def cookie_of(response: Any) -> str:
    jar = SimpleCookie(response.headers["Set-Cookie"])
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())
