"""A Flask application under /shop/: Flask-Session or Flask's cookie, Flask-Login, PyMySQL.

SHOP_SESSIONS is `redis` or `cookie`; `inkpool_bridge` is the extension of docs/two-applications.md.
"""

import json
import os
from typing import Any

import pymysql
from flask import Flask, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_session import Session
from inkpool_bridge import InkpoolBridge
from redis import Redis
from werkzeug.security import check_password_hash

FORM = """<form method="post" action="/shop/{}"><input name="name"><input name="pwd">
<button>{}</button></form>"""
app = Flask(__name__)
app.secret_key = "flask-secret"
redis = Redis.from_url(os.environ["REDIS_URL"])
if os.environ["SHOP_SESSIONS"] == "redis":
    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis)
    Session(app)
login_manager = LoginManager(app)


class User(UserMixin):
    def __init__(self, id: int, name: str, password: str) -> None:
        self.id, self.name, self.password = id, name, password


def user_with(column: str, value: str) -> User | None:
    connection = pymysql.connect(**json.loads(os.environ["PARITY_MARIADB"]))
    with connection, connection.cursor() as cursor:
        sql = f"SELECT id, username, password FROM user WHERE {column} = %s"
        cursor.execute(sql, (value,))
        row = cursor.fetchone()
    return User(*row) if row else None


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    return user_with("id", user_id)


InkpoolBridge(app, login_manager, redis, load_user)


@app.get("/shop/")
def index() -> str:
    session["visits"] = session.get("visits", 0) + 1
    name = current_user.name if current_user.is_authenticated else ""
    return f'<p id="user">{name}</p>' + FORM.format("logout", "Sign out")


@app.route("/shop/login", methods=["GET", "POST"])
def login() -> Any:
    if request.method == "GET":
        return FORM.format("login", "Sign in")
    user = user_with("username", request.form["name"])
    if user is None or not check_password_hash(user.password, request.form["pwd"]):
        return "refused", 403
    login_user(user)
    return redirect("/shop/")


@app.post("/shop/logout")
def logout() -> Any:
    logout_user()
    return redirect("/shop/")
