"""Every way of writing gives its tables a new generation, at the right moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.contrib.auth.models import Group, update_last_login
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.invalidation.generations import FIRST, MARKS, SUBJECTS, bit, generations, positions

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> dict[str, int]:
    """The generations as they stand in the file."""
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
def test_each_way_of_writing_outdates_its_subject(article: Article, way: str) -> None:
    with writing("articles"):
        WRITES[way](article)


def test_reading_outdates_nothing(article: Article) -> None:
    with writing():
        list(Article.objects.select_related("author"))
        sql.fetch_all("SELECT * FROM articles_article")
        with transaction.atomic(), transaction.atomic():
            Article.objects.count()


def test_users_their_groups_and_permissions_are_one_subject(alice: User) -> None:
    for write in (
        lambda: alice.save(),
        lambda: alice.groups.add(Group.objects.create(name="proofreaders")),
        lambda: Group.objects.filter(name="proofreaders").update(name="others"),
    ):
        with writing("users"):
            write()


def test_last_login_alone_outdates_nothing(alice: User) -> None:
    with writing():
        update_last_login(User, alice)
    with writing("users"):
        alice.save(update_fields=["last_login", "is_active"])


def test_write_is_announced_at_commit_before_other_callbacks(article: Article) -> None:
    before, seen = now(), []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(now()))
        article.save()
        transaction.on_commit(lambda: seen.append(now()))
        assert now() == before
    assert len(seen) == 2
    assert all(each["articles"] != before["articles"] for each in seen)


def test_write_after_a_rolled_back_savepoint_is_announced(article: Article) -> None:
    with writing("articles"), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            article.save()
            raise ZeroDivisionError
        article.save()


def test_write_within_a_savepoint_is_announced(article: Article) -> None:
    with writing("articles", "users"), transaction.atomic():
        with transaction.atomic():
            article.save()
        article.author.save()


def test_failed_statement_is_announced(article: Article) -> None:
    with writing("articles"), pytest.raises(DatabaseError, match="missing"):
        sql.execute("UPDATE articles_article SET missing = 1")


def marks() -> list[int]:
    words = generations()._words
    return [at for at in range(MARKS, SUBJECTS) if words[at]]


def test_statement_on_an_unknown_table_outdates_everything(article: Article) -> None:
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
    with suppress(DatabaseError, TypeError), connection.cursor() as cursor:  # SQLite takes no bytes
        cursor.execute(b"UPDATE newest\nSET title = 'secret'")
    Article.objects.update(title="Two")
    assert [(each.levelname, each.getMessage().partition(": ")[2]) for each in caplog.records] == [
        ("INFO", "UPDATE newest SET title = '…', x = '…'"),
        ("DEBUG", "DROP TABLE missing"),
        ("INFO", "UPDATE newest\nSET title = '…'"),
    ]


def test_write_through_a_view_outdates_everything(article: Article) -> None:
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


def test_script_outdates_everything(article: Article) -> None:
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


def test_write_through_the_inner_cursor_is_announced(article: Article) -> None:
    with writing("articles"), connection.cursor() as cursor:
        cursor.cursor.execute("UPDATE articles_article SET title = 'x'")


def test_executemany_is_announced(article: Article) -> None:
    rows = [("a", "a"), ("b", "b")]
    with writing("articles"), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO articles_tag (name, slug) VALUES (%s, %s)", rows)
