"""What is written after execute() is back, or after a transaction is over for who looks at it."""

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.invalidation import write_tracker
from core.invalidation.checked_memory import in_transaction
from core.invalidation.generations import EVERYTHING, MARK_COUNT, SECOND, generations
from core.invalidation.write_hooks import TrackedConnection, after_transaction
from core.shared_memory.shared_words import locked
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
    """What other hosts hear of."""
    masks: list[int] = []
    monkeypatch.setattr(write_tracker, "tell", masks.append)
    return masks


def test_all_that_a_transaction_writes_is_under_its_mark(article: Article) -> None:
    """Whoever is killed in the midst of its commit has written both."""
    subjects = generations().mask(["articles", "users"])
    with transaction.atomic():
        Article.objects.update(title="Two")
        User.objects.update(bio="Two")
        assert [generations()._words[at + MARK_COUNT] for at in marks()] == [subjects]


@pytest.mark.parametrize("step", ["statement", "commit", "set_autocommit"])
def test_each_step_of_a_transaction_puts_the_deadline_off(article: Article, step: str) -> None:
    """So a transaction of minutes is under its mark while it commits."""
    words = generations()._words
    transaction.set_autocommit(False)
    try:
        Article.objects.update(title="Two")
        [at] = marks()
        words[at] -= SECOND  # a second has passed
        tracker = cast(TrackedConnection, connection).write_tracker
        tracker.mark = tracker.mark and tracker.mark._replace(deadline=words[at])
        deadlines, end = [words[at]], generations().end
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(generations(), "end", lambda mark, mask: (deadlines.append(words[at]),
                                                                    end(mark, mask)))  # fmt: skip
            if step == "statement":
                sql.fetch_one("SELECT 1 AS one")
                deadlines.append(words[at])
            elif step == "commit":
                transaction.commit()
            else:
                transaction.set_autocommit(True)
        assert deadlines[1] > deadlines[0]
    finally:
        transaction.set_autocommit(True)


def test_other_hosts_are_told_once_it_is_true(article: Article, told: list[int]) -> None:
    with transaction.atomic():
        Article.objects.update(title="Two")
        assert not told
    assert told == [generations().mask(["articles"])]


@mysql
def test_other_hosts_are_told_of_what_may_have_been_committed_midway(
    article: Article, told: list[int]
) -> None:
    followed: list[int] = []
    with transaction.atomic():
        Article.objects.update(title="Two")
        after_transaction(lambda: followed.append(len(told)))
        sql.execute("ANALYZE TABLE articles_tag")  # commits
        assert set(told) == {EVERYTHING}
        assert followed == [1, 2]  # when it was back, and when its cursor was closed


@sqlite
def test_a_commit_that_fails_leaves_no_mark(article: Article) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("UPDATE articles_article SET author_id = 4711")
    assert not marks()


def test_a_child_is_not_in_its_parents_transaction(article: Article) -> None:
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
def test_what_follows_the_first_result_is_told_too(article: Article, way: str) -> None:
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
            assert in_transaction()  # what is read here now is nobody else's
            before = now()
        assert before["articles"] != now()["articles"]
        assert in_transaction() is (way == "a transaction")  # one may have been left open
        assert Article.objects.get().title.startswith("By ")
    finally:
        sql.execute("DROP PROCEDURE retitle")
        connection.close()


@sqlite
def test_what_returns_rows_is_told_when_they_are_read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO articles_tag (name, slug) VALUES ('a', 'a') RETURNING id")
        before = now()
        cursor.fetchall()
    assert before["articles"] != now()["articles"]


@sqlite
def test_another_statement_meanwhile_does_not_end_it() -> None:
    Tag.objects.bulk_create([Tag(name=name, slug=name) for name in "abc"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_tag SET name = 'd' RETURNING id")
        cursor.fetchone()
        Article.objects.count()
        before = now()
    assert before["articles"] != now()["articles"]


@sqlite
def test_in_a_transaction_it_is_told_once(told: list[int]) -> None:
    with transaction.atomic():
        for name in "ab":
            Tag.objects.create(name=name, slug=name)
        assert not told
    assert len(told) == 1


@mysql
def test_the_next_statement_waits_for_the_one_before_and_then_it_is_told() -> None:
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
def test_what_delete_returning_gives_row_by_row_is_told_at_its_end() -> None:
    Tag.objects.bulk_create([Tag(name=name, slug=name) for name in "abc"])
    rows = sql.stream("DELETE FROM articles_tag WHERE id > 0 RETURNING id", chunk=1)
    next(rows)
    before = now()
    assert len(list(rows)) == 2
    assert before["articles"] != now()["articles"]


@mysql
def test_an_ordinary_write_is_told_once(article: Article, told: list[int]) -> None:
    article.save()
    Tag.objects.create(name="a", slug="a")
    Article.objects.update(title="Two")
    assert len(told) == 3


def test_who_never_closes_a_cursor_is_told_by_the_next_statement(article: Article) -> None:
    on_mysql, cursor = connection.vendor == "mysql", connection.cursor()
    cursor.execute("DO SLEEP(0)" if on_mysql else "UPDATE articles_tag SET name = 'a' RETURNING id")
    cursor.fetchall()
    with writing("articles", *(["users"] if on_mysql else [])):
        sql.fetch_one("SELECT 1 AS one")
    cursor.close()
    with writing():
        sql.fetch_one("SELECT 1 AS one")


@mysql
def test_what_the_server_has_ended_by_itself_is_told_at_once(article: Article) -> None:
    """CREATE commits what was typed, and from there on each statement is a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("CREATE TABLE passing (x INT)")
        cursor.execute("SELECT 1")
        with writing("articles", "users"):  # with what was written before it
            cursor.execute("UPDATE articles_article SET title = 'Two'")
        cursor.execute("DROP TABLE passing")
    connection.close()


@sqlite
def test_a_commit_that_failed_and_is_asked_for_again_is_told_again(article: Article) -> None:
    transaction.set_autocommit(False)
    try:
        sql.execute("UPDATE articles_article SET author_id = 4711")
        with pytest.raises(IntegrityError):
            transaction.commit()
        assert marks()
        User.objects.filter(pk=article.author_id).update(id=4711)
        with writing("articles", "users"):
            transaction.commit()
        assert not marks()
    finally:
        transaction.set_autocommit(True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pool takes back what threads lose")
def test_the_collector_waits_for_nobody(article: Article) -> None:
    """It may come at any moment: also while the file is being mapped, in the same thread."""

    def lose() -> None:
        transaction.set_autocommit(False)
        Article.objects.update(title="Lost")

    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lose).result(20)
        shared = generations()
        with locked(shared._path, patience=1):
            before = marks()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(gc.collect).result(20)
        assert before
        assert not marks()
    finally:
        gc.enable()
