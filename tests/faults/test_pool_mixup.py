"""The notes' mix-up: one global cursor, and a user's row where an article was asked for."""

import threading

import MySQLdb
import pytest
from django.db import connections

from core.sql import fetch_all
from tests.core.mysql_pool.conftest import (  # noqa: F401  (fixtures)
    database,
    engine,
    in_threads,
    server,
)

pytestmark = pytest.mark.django_db
ARTICLES = "SELECT id, title, author FROM mixup_article LIMIT 10"
USERS = "SELECT id, name FROM mixup_user LIMIT 10"


@pytest.fixture(autouse=True)
def tables(server):  # noqa: F811
    server("CREATE TABLE IF NOT EXISTS mixup_article (id INT, title TEXT, author TEXT)")
    server("CREATE TABLE IF NOT EXISTS mixup_user (id INT, name TEXT)")
    server("INSERT INTO mixup_article VALUES (1, 'an article', 'alice'), (2, 'another', 'bob')")
    server("INSERT INTO mixup_user VALUES (1, 'alice'), (2, 'bob'), (3, 'charlie')")
    yield
    server("DROP TABLE mixup_article, mixup_user")


def steps(ask_articles, ask_users) -> list:
    """The notes' order: the first thread executes, the second executes, the first fetches."""
    executed, other_done = threading.Event(), threading.Event()

    def first():
        return ask_articles(executed, other_done)

    def second():
        executed.wait(30)
        ask_users()
        other_done.set()

    return in_threads(2, lambda number: (first, second)[number]())[0]


def test_global_cursor_answers_a_query_for_articles_with_users(engine):  # noqa: F811
    """The program of the notes, line by line; the proof that there is something to prevent."""
    params = engine().borrower().get_connection_params()
    params = {name: params[name] for name in params.keys() - {"isolation_level", "conv"}}
    connection = MySQLdb.connect(**params)
    cursor = connection.cursor()

    def articles(executed, other_done):
        cursor.execute(ARTICLES)
        executed.set()
        other_done.wait(30)
        return cursor.fetchall()

    rows = steps(articles, lambda: cursor.execute(USERS))
    connection.close()
    assert [row[1] for row in rows] == ["alice", "bob", "charlie"]


@pytest.fixture
def named(engine):  # noqa: F811
    alias = engine(MAX_CONNECTIONS=6, TIMEOUT=60)

    def ask(sql: str) -> list[dict]:
        """As in a request's thread: a connection of its own under the alias's name."""
        connections[alias.alias] = alias.borrower()
        try:
            return fetch_all(sql, using=alias.alias)
        finally:
            connections[alias.alias].close()

    return ask


def test_in_the_same_order_the_pool_gives_articles(named):
    def articles(executed, other_done):
        rows = named(ARTICLES)
        executed.set()
        other_done.wait(30)
        return rows

    rows = steps(articles, lambda: named(USERS))
    assert [row["title"] for row in rows] == ["an article", "another"]


def test_a_hundred_threads_never_meet_the_other_kind(named):
    wanted = {"articles": {"id", "title", "author"}, "users": {"id", "name"}}

    def request(number):
        kind = ("articles", "users")[number % 2]
        sql = {"articles": ARTICLES, "users": USERS}[kind]
        return all(row.keys() == wanted[kind] for _ in range(20) for row in named(sql))

    assert in_threads(100, request) == [True] * 100
