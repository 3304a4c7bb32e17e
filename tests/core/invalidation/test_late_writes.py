"""Writes after execute() has returned, or after the server has ended a transaction."""

import os
import threading
from typing import cast

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.invalidation import write_tracker
from core.invalidation.checked_memory import in_transaction
from core.invalidation.generations import EVERYTHING, generations
from core.invalidation.write_hooks import TrackedConnection, after_transaction
from tests.core.invalidation.test_write_hooks import marks, now, writing

pytestmark = pytest.mark.django_db(transaction=True)
mysql = pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has nothing of the kind")
mariadb = pytest.mark.usefixtures("mariadb_itself")
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="MariaDB does not do so")
TEXTS = {
    "CALL": "CALL retitle('By CALL')",
    "two statements": "SELECT 1; DO SLEEP(0.2); UPDATE articles_article SET title = 'By two'",
    "a transaction": "BEGIN; DO SLEEP(0.2); UPDATE articles_article SET title = 'By one'; COMMIT",
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The masks that other hosts are told of."""
    masks: list[int] = []
    monkeypatch.setattr(write_tracker, "tell", masks.append)
    return masks


def test_other_hosts_are_told_after_the_commit(article: Article, told: list[int]) -> None:
    with transaction.atomic():
        Article.objects.update(title="Two")
        assert not told
    assert told == [generations().mask(["articles"])]


@mysql
def test_other_hosts_are_told_of_an_implicit_commit(article: Article, told: list[int]) -> None:
    followed: list[int] = []
    with transaction.atomic():
        Article.objects.update(title="Two")
        after_transaction(lambda: followed.append(len(told)))
        sql.execute("ANALYZE TABLE articles_tag")  # commits
        assert set(told) == {EVERYTHING}
        assert followed == [1, 2]  # when it was back, and when its cursor was closed


def test_forked_child_is_not_in_its_parents_transaction(article: Article) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        tracker = cast(TrackedConnection, connection).write_tracker
        if not (child := os.fork()):
            within = tracker.is_in_transaction() and connection.vendor == "mysql"
            os._exit(within)
        assert os.waitpid(child, 0)[1] == 0
        cursor.execute("COMMIT")


@mysql
@pytest.mark.parametrize("way", ["CALL", "callproc", "two statements", "a transaction"])
def test_write_after_the_first_result_is_announced(article: Article, way: str) -> None:
    sql.execute(
        "CREATE PROCEDURE retitle(new TEXT) BEGIN SELECT 1; DO SLEEP(0.2);"
        " UPDATE articles_article SET title = new; END"
    )
    try:
        with connection.cursor() as cursor:
            if way == "callproc":
                cursor.callproc("retitle", ["By callproc"])
            else:
                cursor.execute(TEXTS[way])
            assert in_transaction()  # it may read rows that others do not
            before = now()
        assert before["articles"] != now()["articles"]
        assert in_transaction() is (way == "a transaction")  # one may have been left open
        assert Article.objects.get().title.startswith("By ")
    finally:
        sql.execute("DROP PROCEDURE retitle")
        connection.close()


@sqlite
def test_returning_is_announced_once_its_rows_are_read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO articles_tag (name, slug) VALUES ('a', 'a') RETURNING id")
        before = now()
        cursor.fetchall()
    assert before["articles"] != now()["articles"]


@sqlite
def test_statement_between_does_not_end_a_late_write() -> None:
    Tag.objects.bulk_create([Tag(name=name, slug=name) for name in "abc"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_tag SET name = 'd' RETURNING id")
        cursor.fetchone()
        Article.objects.count()
        before = now()
    assert before["articles"] != now()["articles"]


@sqlite
def test_returning_in_a_transaction_is_announced_once(told: list[int]) -> None:
    with transaction.atomic():
        for name in "ab":
            Tag.objects.create(name=name, slug=name)
        assert not told
    assert len(told) == 1


@mysql
def test_next_statement_announces_the_late_write_before_it() -> None:
    """The driver reads what is left of it only there: meanwhile the server goes on."""
    Tag.objects.create(name="a", slug="a")
    cursor = connection.cursor()
    cursor.execute("SELECT 1; DO SLEEP(0.3); UPDATE articles_tag SET name = 'late'")
    before: list[dict[str, int]] = []
    watch = threading.Timer(0.15, lambda: before.append(now()))
    watch.start()
    assert sql.fetch_one("SELECT name FROM articles_tag") == {"name": "late"}
    watch.join()
    assert before[0]["articles"] != now()["articles"]
    with writing("articles", "users"):
        cursor.close()


@mariadb
def test_streamed_delete_returning_is_announced_at_its_end() -> None:
    Tag.objects.bulk_create([Tag(name=name, slug=name) for name in "abc"])
    rows = sql.stream("DELETE FROM articles_tag WHERE id > 0 RETURNING id", chunk=1)
    next(rows)
    before = now()
    assert len(list(rows)) == 2
    assert before["articles"] != now()["articles"]


@mysql
def test_ordinary_write_is_announced_once(article: Article, told: list[int]) -> None:
    article.save()
    Tag.objects.create(name="a", slug="a")
    Article.objects.update(title="Two")
    assert len(told) == 3


def test_late_write_of_an_open_cursor_is_announced_by_the_next_statement(article: Article) -> None:
    on_mysql, cursor = connection.vendor == "mysql", connection.cursor()
    cursor.execute("DO SLEEP(0)" if on_mysql else "UPDATE articles_tag SET name = 'a' RETURNING id")
    cursor.fetchall()
    with writing("articles", *(["users"] if on_mysql else [])):
        sql.fetch_one("SELECT 1 AS one")
    cursor.close()
    with writing():
        sql.fetch_one("SELECT 1 AS one")


@mysql
def test_write_after_an_implicit_commit_is_announced_at_once(
    article: Article,
) -> None:
    """CREATE commits the raw transaction; from there on each statement is one of its own."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("CREATE TABLE passing (x INT)")
        cursor.execute("SELECT 1")
        with writing("articles", "users"):  # with what was written before it
            cursor.execute("UPDATE articles_article SET title = 'Two'")
        cursor.execute("DROP TABLE passing")
    connection.close()


@sqlite
def test_second_attempt_of_a_failed_commit_is_announced(article: Article) -> None:
    transaction.set_autocommit(False)
    try:
        sql.execute("UPDATE articles_article SET author_id = 4711")
        with pytest.raises(IntegrityError):
            transaction.commit()
        assert marks()
        User.objects.bulk_create([User(id=4711, username="dana_staff")])
        with writing("articles", "users"):
            transaction.commit()
        assert not marks()
    finally:
        transaction.set_autocommit(True)
