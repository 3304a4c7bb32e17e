"""Results of the ORM that a process keeps are never older than the last write."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cachalot.api import invalidate
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles import schedule
from articles.models import Article, Tag
from articles.schedule import published
from core import query_cache
from core.invalidation import checked_memory, expiry
from core.invalidation.generations import generations
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_link_to_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it results are kept for a second only, as no command and no test has one."""
    monkeypatch.setattr("core.invalidation.broadcast.is_up", lambda: True)


def queries(read: Any) -> int:
    with CaptureQueriesContext(connection) as context:
        read()
    return len(context)


def titles() -> list[str]:
    return [each.title for each in published().defer("body")]


def test_a_second_read_asks_no_database(article: Article) -> None:
    titles()
    assert queries(titles) == 0
    assert titles() == ["The first one"]


def test_rows_come_back_with_their_types(article: Article) -> None:
    for read in (
        lambda: Article.objects.get(pk=article.pk).publish_at,
        lambda: Article.objects.values_list("pk", "publish_at").get(),
        lambda: Article.objects.values("title").first(),
        lambda: Article.objects.count(),
        lambda: Article.objects.filter(pk=0).first(),
        lambda: list(Article.objects.annotate(one=Value("1")).values_list("one", flat=True)),
        lambda: Tag.objects.exists(),
    ):
        fresh = read()
        assert queries(read) == 0
        assert (type(read()), read()) == (type(fresh), fresh)


def test_number_and_text_are_two_keys(article: Article) -> None:
    def ask(value: object) -> object:
        return Article.objects.annotate(one=Value(value)).values_list("one", flat=True).get()

    assert [ask(1), ask("1"), ask(1)] == [1, "1", 1]


def test_forms_of_a_result_are_two_keys(article: Article) -> None:
    """exists() takes the first row of what a list takes whole; stock cachalot mixes them up."""
    ones = Article.objects.annotate(a=Value(1)).order_by().values_list("a")[:1]
    for _ in range(2):
        assert Article.objects.order_by().exists() is True
        assert list(ones.all()) == [(1,)]


def test_an_iterator_is_neither_read_at_once_nor_kept(article: Article) -> None:
    def read() -> list[str]:
        return [each.title for each in Article.objects.order_by("pk").iterator()]

    read()
    assert queries(read) == connection.features.can_use_chunked_reads


def test_rolled_back_row_was_never_kept(article: Article) -> None:
    transaction.set_autocommit(False)
    try:
        Article.objects.update(title="Undone")
        assert titles() == ["Undone"]
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert titles() == ["The first one"]


@pytest.mark.parametrize("way", ["save", "update", "bulk", "raw", "delete", "relation"])
def test_read_after_a_write_asks_the_database(article: Article, way: str) -> None:
    def read() -> list[Any]:
        return list(Article.objects.order_by("pk").values_list("title", "tags__name"))

    before = read()
    if way == "save":
        article.title = "Two"
        article.save()
    elif way == "update":
        Article.objects.update(title="Two")
    elif way == "bulk":
        article.title = "Two"
        Article.objects.bulk_update([article], ["title"])
    elif way == "raw":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE articles_article SET title = 'Two'")
    elif way == "delete":
        article.delete()
    else:
        article.tags.add(Tag.objects.create(name="MySQL"))
    assert read() != before


def test_subquery_on_another_table_is_not_kept(article: Article) -> None:
    tagged = Exists(Tag.objects.filter(articles=OuterRef("pk")))

    def read() -> list[bool]:
        return [each.tagged for each in Article.objects.annotate(tagged=tagged).order_by(tagged)]

    assert read() == [False]
    article.tags.add(Tag.objects.create(name="MySQL"))
    assert read() == [True]


def test_users_and_sessions_are_never_kept(article: Article) -> None:
    for read in (
        lambda: User.objects.get(username="alice_writes"),
        lambda: list(Article.objects.select_related("author")),
    ):
        read()
        assert queries(read) == 1


def test_reads_in_a_transaction_ask_the_database(article: Article) -> None:
    titles()
    with transaction.atomic():
        assert queries(titles) == 1
        Article.objects.update(title="Not yet")
        assert titles() == ["Not yet"]
        transaction.set_rollback(True)
    assert titles() == ["The first one"]


def test_result_overtaken_by_a_write_is_not_returned(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, once = query_cache.results.keep, threading.Event()

    def late(*args: Any) -> None:
        if not once.is_set():
            once.set()
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
        keep(*args)

    def write() -> None:
        Article.objects.update(title="Overtaken")
        connection.close()

    monkeypatch.setattr(query_cache.results, "keep", late)
    assert [each.title for each in Article.objects.all()] == ["The first one"]
    assert [each.title for each in Article.objects.all()] == ["Overtaken"]


def test_write_by_another_program_shows_with_the_next_generation(article: Article) -> None:
    titles()
    connection.connection.cursor().execute("UPDATE articles_article SET title = 'Elsewhere'")
    assert titles() == ["The first one"]
    generations().bump(generations().mask(["articles"]))
    assert titles() == ["Elsewhere"]


def test_a_write_to_users_leaves_results_of_articles(article: Article) -> None:
    read = Article.objects.order_by("pk").count
    read()
    User.objects.update(display_name="Alice")
    assert queries(read) == 0


def test_invalidate_of_cachalot_outdates_all_processes(article: Article) -> None:
    before = generations().read(generations().mask(["articles"]))
    titles()
    invalidate("articles_article")
    assert queries(Article.objects.count) == 1
    assert generations().read(generations().mask(["articles"])) != before


def test_a_scheduled_article_appears_when_it_is_due(article: Article) -> None:
    make_article(article.author, title="Due", publish_at=timezone.now() + timedelta(hours=1))
    assert titles() == ["The first one"]
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        schedule.moments.clear()  # it counts monotonic seconds, which do not travel
        assert titles() == ["Due", "The first one"]


def test_result_is_kept_for_a_second_while_the_link_is_down(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.invalidation.broadcast.is_up", lambda: False)
    Article.objects.count()
    assert queries(Article.objects.count) == 0
    now = time.monotonic()
    monkeypatch.setattr(
        "core.page_cache.entries.time.monotonic", lambda: now + checked_memory.AGE_WITHOUT_LINK
    )
    assert queries(Article.objects.count) == 1


def test_pending_write_sends_reads_to_the_database(article: Article) -> None:
    """Its commit may be known to the reader before its new generation is there."""
    titles()
    mark = generations().begin(generations().mask(["articles"]))
    assert queries(titles) == 1
    generations().end(mark, 0)
    assert queries(titles) == 0


def test_value_made_of_a_kept_result_expires_with_it(article: Article) -> None:
    kept: checked_memory.Memory[list[str]] = checked_memory.Memory(entries=1)
    titles()
    with expiry.expiring_at(float("inf")):
        titles()
        taken = expiry.horizon.until - time.monotonic()
    assert 0 < taken <= expiry.AGE
    kept.get("titles", titles)
    assert kept._kept["titles"][1] <= time.monotonic() + taken
