"""The Flask side of the part pages: the notes' pooled view, Flask-Caching's, and two pages.

`/articles` is the view of the notes: PooledDB over pymysql, jsonify. `/cached` is the same under
@cached, with Flask-Caching's fastest store, this process. The two pages show what ours show, to a
reader with a session in Redis (Flask-Session with the notes' parameters); they use mysqlclient,
which is faster. Jinja's templates are cached, as they are by default. Runs in .venv-flask.
"""

import json
import os
import re
import secrets
import warnings
from datetime import datetime
from functools import partial
from typing import Any

import MySQLdb
import pymysql
from dbutils.pooled_db import PooledDB
from flask import Flask, jsonify, render_template, session, url_for
from flask_caching import Cache
from flask_session.redis import RedisSessionInterface
from markupsafe import Markup
from MySQLdb.cursors import DictCursor
from pymysql.cursors import DictCursor as PyDictCursor
from redis import Redis

from benchmarks.pages_django import asked, call
from benchmarks.timing import Operation

warnings.simplefilter("ignore", DeprecationWarning)  # the signer is one, in Flask-Session
POOL = {"maxconnections": 6, "mincached": 2, "maxcached": 5, "blocking": True}
OUT = "a.status = 'published' AND a.publish_at <= UTC_TIMESTAMP(6)"
JSON = f"""SELECT a.id, a.title, u.username AS author FROM articles_article a
    JOIN accounts_user u ON u.id = a.author_id WHERE {OUT}
    ORDER BY a.publish_at DESC, a.id DESC LIMIT 10"""
LIST = f"""SELECT a.id, a.slug, a.title, a.summary, a.excerpt, a.byline, a.publish_at, u.username,
    u.display_name FROM articles_article a JOIN accounts_user u ON u.id = a.author_id WHERE {OUT}
    ORDER BY a.publish_at DESC, a.id DESC LIMIT 10"""
ONE = f"""SELECT a.*, u.username, u.display_name FROM articles_article a
    JOIN accounts_user u ON u.id = a.author_id WHERE {OUT} AND a.id = %s"""
TAGS = """SELECT t.name, t.slug FROM articles_tag t
    JOIN articles_article_tags m ON m.tag_id = t.id WHERE m.article_id = %s ORDER BY t.slug"""
NEWER = f"""SELECT a.id, a.slug, a.title FROM articles_article a WHERE {OUT} AND
    (a.publish_at > %s OR (a.publish_at = %s AND a.id > %s)) ORDER BY a.publish_at, a.id LIMIT 1"""
OLDER = f"""SELECT a.id, a.slug, a.title FROM articles_article a WHERE {OUT} AND
    (a.publish_at < %s OR (a.publish_at = %s AND a.id < %s))
    ORDER BY a.publish_at DESC, a.id DESC LIMIT 1"""
HEADING = re.compile(r'<h([2-4]) id="([^"]+)">(.*?)</h\1>')

server = json.loads(os.environ["BENCH_MARIADB"])
notes_pool = PooledDB(pymysql, cursorclass=PyDictCursor, **POOL, **server)
pool = PooledDB(MySQLdb, cursorclass=DictCursor, **POOL, **server)
app = Flask(__name__)
app.secret_key = "the-key-of-a-benchmark-which-guards-nothing"
app.session_interface = RedisSessionInterface(
    app, Redis.from_url(os.environ["REDIS_URL"]), "flask:", True, True, 32
)
cache = Cache(app, config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 300})


def fetch_all(pool: PooledDB, sql: str, *values: Any) -> Any:
    """SQLHelper.fetch_all() of the notes."""
    connection = pool.connection()
    cursor = connection.cursor()
    cursor.execute(sql, values)
    found = cursor.fetchall()
    connection.commit()
    cursor.close()
    connection.close()
    return found


def first(sql: str, *values: Any) -> Any:
    return next(iter(fetch_all(pool, sql, *values)), None)


@app.route("/articles")
def articles() -> Any:
    return jsonify(fetch_all(notes_pool, JSON))


@app.route("/cached")
@cache.cached()
def cached() -> Any:
    return articles()


@app.route("/sign-in/<int:id>")
def sign_in(id: int) -> str:
    session["user_id"], session["csrf_token"] = id, secrets.token_urlsafe(48)
    return "Welcome"


def user() -> Any:
    return first("SELECT * FROM accounts_user WHERE id = %s", session["user_id"])


@app.route("/")
def index() -> str:
    return render_template("index.html", user=user(), articles=fetch_all(pool, LIST))


@app.route("/articles/<int:id>/<slug>/")
def article(id: int, slug: str) -> str:
    found = first(ONE, id)
    place = (found["publish_at"], found["publish_at"], id)
    return render_template(
        "article.html",
        user=user(),
        article=found,
        tags=fetch_all(pool, TAGS, id),
        minutes=max(1, len(found["body"]) // 1000),
        outline=HEADING.findall(found["body_html"]),
        newer=first(NEWER, *place),
        older=first(OLDER, *place),
    )


@app.route("/authors/<name>/")
@app.route("/tags/<slug>/", endpoint="tag")
def author(**names: str) -> str:
    return "Only its address is used."


@app.template_global()
def address(article: Any) -> str:
    return url_for("article", id=article["id"], slug=article["slug"])


@app.template_global()
def date(moment: datetime) -> Markup:
    words = f"{moment:%b. %-d, %Y}"
    return Markup('<time datetime="{}">{}</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%S+00:00}", words
    )


def pooled() -> dict[str, Any]:
    return {"call": Operation(partial(call, app, asked("/articles")))}


def flask_caching() -> dict[str, Any]:
    return {"call": Operation(partial(call, app, asked("/cached")))}
