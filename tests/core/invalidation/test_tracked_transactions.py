"""Transactions: rolled back, committed without atomic(), opened by raw SQL, forked within."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction

from articles.models import Article
from core import sql
from core.invalidation.checked_memory import in_transaction
from core.invalidation.write_hooks import after_transaction
from tests.core.invalidation.test_write_hooks import marks, now, writing

pytestmark = pytest.mark.django_db(transaction=True)


def rolled_back_by_atomic() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        Article.objects.update(title="Undone")
        raise ZeroDivisionError


def rolled_back_by_set_rollback() -> None:
    with transaction.atomic():
        Article.objects.update(title="Undone")
        transaction.set_rollback(True)


def rolled_back_without_atomic() -> None:
    transaction.set_autocommit(False)
    Article.objects.update(title="Undone")
    transaction.rollback()
    assert not marks()
    transaction.set_autocommit(True)


def rolled_back_by_closing() -> None:
    transaction.set_autocommit(False)
    Article.objects.update(title="Undone")
    connection.close()


def rolled_back_by_closing_in_atomic() -> None:
    with suppress(DatabaseError), transaction.atomic():
        Article.objects.update(title="Undone")
        connection.close()
        assert not marks()


def rolled_back_by_raw_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE articles_article SET title = 'Undone'")
        assert marks()
        cursor.execute("ROLLBACK")


def rolled_back_by_closing_raw_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE articles_article SET title = 'Undone'")
    connection.close()


ROLLED_BACK = [each for name, each in globals().items() if name.startswith("rolled_back_")]


@pytest.mark.parametrize("roll_back", ROLLED_BACK)
def test_rolled_back_transaction_leaves_no_mark(
    article: Article, roll_back: Callable[[], None]
) -> None:
    if "closing" in roll_back.__name__ and connection.vendor == "sqlite":
        pytest.skip("a database in memory outlives close()")
    roll_back()
    assert not marks()
    assert Article.objects.get().title == "The first one"


@pytest.mark.parametrize(
    "roll_back",
    [rolled_back_by_atomic, rolled_back_by_set_rollback, rolled_back_without_atomic],
    ids=lambda roll_back: roll_back.__name__,
)
def test_a_rollback_outdates_nothing(article: Article, roll_back: Callable[[], None]) -> None:
    with writing():
        roll_back()


@pytest.mark.skipif(connection.vendor != "mysql", reason="DDL commits on MySQL only")
def test_rollback_after_an_implicit_commit_outdates_its_subjects(article: Article) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        Article.objects.update(title="Two")
        sql.execute("ANALYZE TABLE articles_tag")
        before = now()
        raise ZeroDivisionError
    assert before["articles"] != now()["articles"]
    assert Article.objects.get().title == "Two"


@pytest.mark.parametrize("way", ["commit", "set_autocommit"])
def test_commit_without_atomic_is_announced(article: Article, way: str) -> None:
    transaction.set_autocommit(False)
    try:
        with writing():
            sql.execute("UPDATE articles_article SET title = 'Committed'")
        with writing("articles"):
            transaction.commit() if way == "commit" else transaction.set_autocommit(True)
        assert not marks()
    finally:
        transaction.set_autocommit(True)


@pytest.mark.parametrize(
    ("begin", "commit"),
    [
        ("BEGIN", "COMMIT"),
        ("START TRANSACTION", "BEGIN"),
        ("SET autocommit = 0", "COMMIT"),
        ("SET autocommit = 0", "SET autocommit = 1"),
        ("BEGIN", "ALTER TABLE missing ADD x INT"),
    ],
)
def test_raw_sql_transaction_lasts_until_its_end(article: Article, begin: str, commit: str) -> None:
    if connection.vendor == "sqlite" and (begin, commit) != ("BEGIN", "COMMIT"):
        pytest.skip("SQLite knows BEGIN and COMMIT")
    with connection.cursor() as cursor:
        cursor.execute(begin)
        assert in_transaction()
        cursor.execute("UPDATE articles_article SET title = 'Committed'")
        assert in_transaction()  # it may be read here before it is true
        assert marks()
        written = ["articles"] if "ALTER" not in commit else ["articles", "users"]
        with writing(*written), suppress(DatabaseError):
            cursor.execute(commit)
        assert (begin, commit) != ("BEGIN", "COMMIT") or not in_transaction()
    connection.close()
    assert not in_transaction()
    assert not marks()
    assert Article.objects.get().title == "Committed"


@pytest.mark.parametrize("begin", ["BEGIN", "START TRANSACTION READ ONLY"])
def test_raw_sql_transaction_that_only_reads_leaves_no_mark(article: Article, begin: str) -> None:
    if connection.vendor == "sqlite" and begin != "BEGIN":
        pytest.skip("SQLite knows BEGIN")
    with connection.cursor() as cursor:
        cursor.execute(begin)
        cursor.execute("SELECT title FROM articles_article")
        assert in_transaction()  # its snapshot is its own
        assert not marks()
        cursor.execute("COMMIT")
    assert not in_transaction()


def test_begin_announces_what_it_commits(article: Article) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite refuses it")
    with connection.cursor() as cursor:
        cursor.execute("SET autocommit = 0")
        cursor.execute("UPDATE articles_article SET title = 'Before'")
        with writing("articles"):
            cursor.execute("START TRANSACTION READ ONLY")
        assert marks()
        cursor.execute("SET autocommit = 1")
    connection.close()


def by_atomic(write: Callable[[], None]) -> None:
    with transaction.atomic():
        write()


def by_commit(write: Callable[[], None]) -> None:
    transaction.set_autocommit(False)
    try:
        write()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)


def by_raw_sql(write: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        write()
        cursor.execute("COMMIT")


@pytest.mark.parametrize("way", [by_atomic, by_commit, by_raw_sql])
def test_calls_after_a_transaction_follow_its_announcement(
    article: Article, way: Callable[[Callable[[], None]], None], caplog: pytest.LogCaptureFixture
) -> None:
    before, seen = now(), []

    def write() -> None:
        after_transaction(lambda: 1 / 0)
        after_transaction(lambda: seen.append(now()["articles"] != before["articles"]))
        sql.execute("UPDATE articles_article SET title = 'Followed'")
        assert len(seen) == times - 1

    # MySQL may have ended a raw transaction before this write, so it may be committed already
    times = 2 if way is by_raw_sql and connection.vendor == "mysql" else 1
    way(write)
    assert seen == times * [True]
    assert [each.message for each in caplog.records if "transaction" in each.message] == (
        times * ["A call after a transaction has failed."]
    )
    after_transaction(lambda: seen.append(False))
    assert seen == times * [True]
