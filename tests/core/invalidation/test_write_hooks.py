"""Every way of writing gives its tables a new generation, at the right moment."""

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, cast

import pytest
from django.contrib.auth.models import Group, update_last_login
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.invalidation.checked_memory import in_transaction
from core.invalidation.generations import FIRST, MARKS, SUBJECTS, bit, generations, positions
from core.invalidation.write_hooks import TrackedConnection, after_transaction

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> dict[str, int]:
    """As they stand there: whoever reads them gets others while a commit is not told."""
    words = generations()._words
    return {name: words[FIRST + positions(bit(name))[0]] for name in ("articles", "users")}


@contextmanager
def writing(*subjects: str) -> Iterator[None]:
    before = now()
    yield
    after = now()
    assert {name for name in before if before[name] != after[name]} == set(subjects)


WRITES: dict[str, Callable[[Article], Any]] = {
    "save": lambda article: article.save(),
    "update": lambda article: Article.objects.update(title="Two"),
    "bulk_create": lambda article: Tag.objects.bulk_create([Tag(name="a", slug="a")]),
    "bulk_update": lambda article: Article.objects.bulk_update([article], ["title"]),
    "delete": lambda article: article.delete(),
    "add": lambda article: article.tags.add(Tag.objects.create(name="b")),
    "raw": lambda article: sql.execute("UPDATE articles_article SET title = 'x'"),
    "lower case": lambda article: sql.execute("  update articles_article set title = 'x'"),
    "with": lambda article: sql.execute(
        "INSERT INTO articles_tag (name, slug) SELECT 'c', 'c' WHERE 1 = 1"
    ),
}


@pytest.mark.parametrize("way", WRITES)
def test_each_way_of_writing_is_seen(article: Article, way: str) -> None:
    with writing("articles"):
        WRITES[way](article)


def test_reading_is_no_writing(article: Article) -> None:
    with writing():
        list(Article.objects.select_related("author"))
        sql.fetch_all("SELECT * FROM articles_article")
        with transaction.atomic(), transaction.atomic():
            Article.objects.count()


def test_users_their_groups_and_permissions_are_one_subject(alice: User) -> None:
    for write in (
        lambda: alice.save(),
        lambda: alice.groups.add(Group.objects.create(name="editors")),
        lambda: Group.objects.update(name="others"),
    ):
        with writing("users"):
            write()


def test_a_sign_in_writes_nothing_that_is_kept(alice: User) -> None:
    with writing():
        update_last_login(User, alice)
    with writing("users"):
        alice.save(update_fields=["last_login", "is_active"])


def test_it_is_told_on_commit_and_before_anybody_else_hears(article: Article) -> None:
    before, heard = now(), []
    with transaction.atomic():
        transaction.on_commit(lambda: heard.append(now()))
        article.save()
        transaction.on_commit(lambda: heard.append(now()))
        assert now() == before
    assert len(heard) == 2
    assert all(each["articles"] != before["articles"] for each in heard)


def test_a_write_after_an_undone_savepoint_is_told(article: Article) -> None:
    with writing("articles"), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            article.save()
            raise ZeroDivisionError
        article.save()


def test_a_write_within_a_kept_savepoint_is_told(article: Article) -> None:
    with writing("articles", "users"), transaction.atomic():
        with transaction.atomic():
            article.save()
        article.author.save()


def test_a_statement_that_fails_is_told_too(article: Article) -> None:
    with writing("articles"), pytest.raises(DatabaseError, match="missing"):
        sql.execute("UPDATE articles_article SET missing = 1")


def marks() -> list[int]:
    words = generations()._words
    return [at for at in range(MARKS, SUBJECTS) if words[at]]


def test_what_several_tables_or_a_stranger_may_have_got_counts_for_all(article: Article) -> None:
    with writing("articles", "users"), suppress(DatabaseError):
        sql.execute("UPDATE newest SET title = 'x'")
    with writing("articles", "users"), transaction.atomic(), connection.cursor() as cursor:
        with writing("articles", "users"):  # DDL commits what was before it
            cursor.execute("CREATE TABLE passing (x INT)")
        cursor.execute("DROP TABLE passing")


def test_the_log_names_a_statement_that_outdates_everything(
    article: Article, caplog: pytest.LogCaptureFixture
) -> None:
    """Without literals: one may be a password."""
    caplog.set_level("DEBUG", "core.invalidation.write_hooks")
    for statement in ("UPDATE newest SET title = 'secr\\'et', x = \"y\"", "DROP TABLE missing"):
        with suppress(DatabaseError):
            sql.execute(statement)
    Article.objects.update(title="Two")
    assert [(each.levelname, each.getMessage().partition(": ")[2]) for each in caplog.records] == [
        ("INFO", "UPDATE newest SET title = '…', x = '…'"),
        ("DEBUG", "DROP TABLE missing"),
    ]


def test_what_is_written_through_a_view_is_seen(article: Article) -> None:
    sql.execute("CREATE VIEW newest AS SELECT id, title FROM articles_article")
    try:
        if connection.vendor == "sqlite":
            sql.execute(
                "CREATE TRIGGER through INSTEAD OF UPDATE ON newest BEGIN"
                " UPDATE articles_article SET title = NEW.title; END"
            )
        with writing("articles", "users"):
            sql.execute("UPDATE newest SET title = 'Through'")
        assert Article.objects.get().title == "Through"
    finally:
        sql.execute("DROP VIEW newest")


def test_a_script_is_seen(article: Article) -> None:
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            with pytest.raises(AttributeError):
                cursor.executescript("SELECT 1")
            return
        with writing("articles", "users"):
            cursor.executescript("SELECT 1; UPDATE articles_article SET title = 'By script'")
    assert Article.objects.get().title == "By script"


def test_a_write_blocked_by_a_wrapper_outdates_nothing(article: Article) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError

    with writing(), connection.execute_wrapper(refuse), pytest.raises(PermissionError):
        article.save()


def test_a_write_through_the_drivers_cursor_is_seen(article: Article) -> None:
    with writing("articles"), connection.cursor() as cursor:
        cursor.cursor.execute("UPDATE articles_article SET title = 'x'")


def test_many_rows_of_one_statement_are_seen(article: Article) -> None:
    rows = [("a", "a"), ("b", "b")]
    with writing("articles"), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO articles_tag (name, slug) VALUES (%s, %s)", rows)


def undone_by_atomic() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        Article.objects.update(title="Undone")
        raise ZeroDivisionError


def undone_by_set_rollback() -> None:
    with transaction.atomic():
        Article.objects.update(title="Undone")
        transaction.set_rollback(True)


def undone_by_hand() -> None:
    transaction.set_autocommit(False)
    Article.objects.update(title="Undone")
    transaction.rollback()
    assert not marks()
    transaction.set_autocommit(True)


def undone_by_closing() -> None:
    transaction.set_autocommit(False)
    Article.objects.update(title="Undone")
    connection.close()


def undone_by_closing_in_atomic() -> None:
    with suppress(DatabaseError), transaction.atomic():
        Article.objects.update(title="Undone")
        connection.close()
        assert not marks()


def undone_by_typing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE articles_article SET title = 'Undone'")
        assert marks()
        cursor.execute("ROLLBACK")


def undone_by_closing_what_was_typed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE articles_article SET title = 'Undone'")
    connection.close()


UNDONE = [each for name, each in globals().items() if name.startswith("undone_by")]


@pytest.mark.parametrize("undo", UNDONE)
def test_an_undone_transaction_leaves_no_mark_though_nothing_follows(
    article: Article, undo: Callable[[], None]
) -> None:
    if "closing" in undo.__name__ and connection.vendor == "sqlite":
        pytest.skip("a database in memory outlives close()")
    undo()
    assert not marks()
    assert Article.objects.get().title == "The first one"


@pytest.mark.parametrize(
    "undo",
    [undone_by_atomic, undone_by_set_rollback, undone_by_hand],
    ids=lambda undo: undo.__name__,
)
def test_a_rollback_outdates_nothing(article: Article, undo: Callable[[], None]) -> None:
    with writing():
        undo()


@pytest.mark.skipif(connection.vendor != "mysql", reason="DDL commits on MySQL only")
def test_a_rollback_after_an_implicit_commit_outdates_all(article: Article) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        Article.objects.update(title="Two")
        sql.execute("ANALYZE TABLE articles_tag")
        before = now()
        raise ZeroDivisionError
    assert before["articles"] != now()["articles"]
    assert Article.objects.get().title == "Two"


def test_a_thread_that_ends_within_a_transaction_leaves_no_mark(article: Article) -> None:
    def begin() -> None:
        transaction.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE articles_article SET title = 'Undone'")
        assert marks()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(begin).result(20)
    gc.collect()
    assert not marks()


@pytest.mark.parametrize("way", ["commit", "set_autocommit"])
def test_a_commit_by_hand_is_told(article: Article, way: str) -> None:
    transaction.set_autocommit(False)
    try:
        with writing():
            sql.execute("UPDATE articles_article SET title = 'By hand'")
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
def test_what_is_typed_is_a_transaction_until_it_is_over(
    article: Article, begin: str, commit: str
) -> None:
    if connection.vendor == "sqlite" and (begin, commit) != ("BEGIN", "COMMIT"):
        pytest.skip("SQLite knows BEGIN and COMMIT")
    with connection.cursor() as cursor:
        cursor.execute(begin)
        assert in_transaction()
        cursor.execute("UPDATE articles_article SET title = 'By hand'")
        assert in_transaction()  # it may be read here before it is true
        assert marks()
        written = ["articles"] if "ALTER" not in commit else ["articles", "users"]
        with writing(*written), suppress(DatabaseError):
            cursor.execute(commit)
        assert (begin, commit) != ("BEGIN", "COMMIT") or not in_transaction()
    connection.close()
    assert not in_transaction()
    assert not marks()
    assert Article.objects.get().title == "By hand"


@pytest.mark.parametrize("begin", ["BEGIN", "START TRANSACTION READ ONLY"])
def test_what_is_begun_and_has_not_written_is_in_nobodys_way(article: Article, begin: str) -> None:
    if connection.vendor == "sqlite" and begin != "BEGIN":
        pytest.skip("SQLite knows BEGIN")
    with connection.cursor() as cursor:
        cursor.execute(begin)
        cursor.execute("SELECT title FROM articles_article")
        assert in_transaction()  # its snapshot is its own
        assert not marks()
        cursor.execute("COMMIT")
    assert not in_transaction()


def test_what_was_before_a_typed_beginning_is_told(article: Article) -> None:
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


def by_typing(write: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        write()
        cursor.execute("COMMIT")


@pytest.mark.parametrize("way", [by_atomic, by_commit, by_typing])
def test_what_follows_a_transaction_comes_after_its_generation(
    article: Article, way: Callable[[Callable[[], None]], None], caplog: pytest.LogCaptureFixture
) -> None:
    before, seen = now(), []

    def write() -> None:
        after_transaction(lambda: 1 / 0)
        after_transaction(lambda: seen.append(now()["articles"] != before["articles"]))
        sql.execute("UPDATE articles_article SET title = 'Followed'")
        assert len(seen) == times - 1

    # MySQL may have ended a raw transaction before this write, so it may be committed already
    times = 2 if way is by_typing and connection.vendor == "mysql" else 1
    way(write)
    assert seen == times * [True]
    assert [each.message for each in caplog.records if "transaction" in each.message] == (
        times * ["A call after a transaction has failed."]
    )
    after_transaction(lambda: seen.append(False))
    assert seen == times * [True]


def test_forked_child_marks_its_own_writes(article: Article) -> None:
    """It may be forked within a transaction, which its parent announces."""
    with transaction.atomic():
        article.save()
        tracker, [ours] = cast(TrackedConnection, connection).write_tracker, marks()
        if not (pid := os.fork()):
            tracker.before(1)
            os._exit(0 if len(marks()) == 2 else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert ours in marks()
    [theirs] = marks()  # of a process that has ended
    generations()._words[theirs] = 1  # its deadline has passed
    generations().end_expired()
    assert not marks()
