"""Every way of writing gives its tables a new generation, at the right moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group, update_last_login
from django.core.signals import request_finished
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.generations import generations
from core.writes import judge
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> dict[str, int]:
    numbers = generations().read(generations().mask(["articles", "users"]))
    return dict(zip(["articles", "users"], numbers, strict=True))


@contextmanager
def writing(*subjects: str) -> Iterator[None]:
    before = now()
    yield
    after = now()
    assert {name for name in before if before[name] != after[name]} == set(subjects)


@pytest.fixture
def alice() -> User:
    return make_user("alice_writes")


@pytest.fixture
def article(alice: User) -> Article:
    return Article.objects.create(author=alice, title="One", body="Text.", status="published")


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


def test_a_procedure_is_told_too(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    """callproc() asks no wrapper of Django's, and nobody knows what a procedure writes."""
    called: list[object] = []
    with connection.cursor() as cursor:
        driver = type("Driver", (), {"callproc": lambda self, *args: called.append(args)})()
        monkeypatch.setattr(cursor, "cursor", driver)
        with writing("articles", "users"):
            cursor.callproc("publish_all")
        with writing("articles", "users"):
            cursor.callproc("publish", [1])
        monkeypatch.undo()
    assert called == [("publish_all",), ("publish", [1])]


def test_a_statement_in_bytes_is_told_too(article: Article) -> None:
    assert judge(b"UPDATE articles_article SET title = 'x'") == generations().mask(["articles"])
    assert judge(b"SELECT 1") == 0


def test_a_statement_that_fails_is_told_too(article: Article) -> None:
    with writing("articles"), pytest.raises(DatabaseError, match="missing"):
        sql.execute("UPDATE articles_article SET missing = 1")


def test_an_undone_transaction_leaves_no_mark(article: Article) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        article.save()
        raise ZeroDivisionError
    assert marks()
    request_finished.send(object)
    assert not marks()


def stands() -> bool:
    """Does a generation that was read still hold?"""
    return generations().stamp() == generations().stamp()


@pytest.mark.parametrize("way", ["commit", "set_autocommit", "typed"])
def test_until_a_commit_by_hand_is_known_nothing_is_kept(article: Article, way: str) -> None:
    typed = way == "typed"
    if typed:
        sql.execute("BEGIN") if connection.vendor == "mysql" else pytest.skip("SQLite: as atomic()")
    else:
        transaction.set_autocommit(False)
    try:
        sql.execute("UPDATE articles_article SET title = 'By hand'")
        assert not stands()  # whoever reads now could keep what the commit makes old
        if typed:
            sql.execute("COMMIT")
        elif way == "commit":
            transaction.commit()
            assert not stands()
    finally:
        transaction.set_autocommit(True)
    Article.objects.count()
    assert stands()
    assert not marks()


def marks() -> list[int]:
    shared = generations()
    return [at for at in shared._marks() if shared._words[at]]


@pytest.mark.parametrize(
    ("statement", "subjects"),
    [
        ("CALL publish_all()", ["articles", "users"]),
        ("DROP DATABASE site", ["articles", "users"]),
        ("SELECT 1; DELETE FROM articles_tag", ["articles", "users"]),
        ("REPLACE INTO articles_tag VALUES (1, 'a', 'a')", ["articles"]),
        ("TRUNCATE articles_article", ["articles"]),
        ("ALTER TABLE `articles_article` ADD x INT", ["articles"]),
        ("DELETE a, u FROM articles_article a JOIN accounts_user u", ["articles", "users"]),
        ("INSERT INTO django_session VALUES (1)", []),
        ("UPDATE articles_article_old SET x = 1", []),
        ("SAVEPOINT `s1`", []),
        (
            "SET STATEMENT max_statement_time=1 FOR UPDATE articles_tag SET name = 'a'",
            ["articles", "users"],
        ),
        ("SET SESSION sql_mode = ''", []),
    ],
)
def test_verdicts(statement: str, subjects: list[str]) -> None:
    assert judge(statement) == generations().mask(subjects)


def test_one_watch_a_connection() -> None:
    for _ in range(3):
        connection.close()
        connection.ensure_connection()
    names = [type(wrapper).__name__ for wrapper in connection.execute_wrappers]
    assert names.count("Watch") == 1
