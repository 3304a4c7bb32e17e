"""Results of the ORM that a process keeps are never older than the last write."""

import itertools
import threading
import time
from datetime import timedelta
from typing import Any

import cachalot
import pytest
import time_machine
from cachalot.api import invalidate
from cachalot.settings import cachalot_settings
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_redis import get_redis_connection

from accounts.models import User
from articles import due
from articles.due import published
from articles.models import Article, Tag
from core import query_cache
from core.invalidation import checked_memory
from core.invalidation.generations import generations
from core.monitoring import cache_report
from core.subjects import tables_of
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


def test_tables_of_the_subjects_are_read_from_memory_and_no_others() -> None:
    """A model that declares the subject needs no further setting."""
    named = cachalot_settings.CACHALOT_ONLY_CACHABLE_TABLES - {""}
    assert named == {*tables_of(*settings.INKPOOL_QUERY_CACHE_SUBJECTS)}
    assert named == {"articles_article", "articles_tag", "articles_article_tags"}


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


def test_one_and_the_text_one_are_two_questions(article: Article) -> None:
    def ask(value: object) -> object:
        return Article.objects.annotate(one=Value(value)).values_list("one", flat=True).get()

    assert [ask(1), ask("1"), ask(1)] == [1, "1", 1]


def test_one_text_that_is_asked_in_two_forms_is_two_questions(article: Article) -> None:
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


def test_what_is_undone_by_hand_was_never_kept(article: Article) -> None:
    transaction.set_autocommit(False)
    try:
        Article.objects.update(title="Undone")
        assert titles() == ["Undone"]
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert titles() == ["The first one"]


@pytest.mark.parametrize("way", ["save", "update", "bulk", "raw", "delete", "relation"])
def test_a_write_is_seen(article: Article, way: str) -> None:
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


def test_a_subquery_on_another_table_is_seen(article: Article) -> None:
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


def test_reads_in_a_transaction_are_the_databases_own(article: Article) -> None:
    titles()
    with transaction.atomic():
        assert queries(titles) == 1
        Article.objects.update(title="Not yet")
        assert titles() == ["Not yet"]
        transaction.set_rollback(True)
    assert titles() == ["The first one"]


def test_a_result_overtaken_by_a_write_is_not_given_out(
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


def test_a_write_by_another_program_is_seen_with_the_next_generation(article: Article) -> None:
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


def test_cachalots_own_invalidate_is_seen_by_all_processes(article: Article) -> None:
    before = generations().read(generations().mask(["articles"]))
    titles()
    invalidate("articles_article")
    assert queries(Article.objects.count) == 1
    assert generations().read(generations().mask(["articles"])) != before


def test_each_query_makes_instances_of_its_own(article: Article) -> None:
    first, second = (Article.objects.order_by("pk")[0] for _ in range(2))
    first.title = "Changed by one request"
    titles = second.title, Article.objects.order_by("pk")[0].title
    assert titles == ("The first one", "The first one")
    assert first is not second


def test_what_is_kept_is_immutable(article: Article) -> None:
    list(Article.objects.values_list("pk", "title"))
    Article.objects.count()
    kept = [each.rows for each in query_cache.results._pages.values()]
    assert kept
    for rows in kept:
        hash(rows)  # raises for a list, at any depth


def test_a_scheduled_article_appears_when_it_is_due(article: Article) -> None:
    make_article(article.author, title="Due", publish_at=timezone.now() + timedelta(hours=1))
    assert titles() == ["The first one"]
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        due.kept.clear()  # it counts monotonic seconds, which do not travel
        assert titles() == ["Due", "The first one"]


def test_results_take_no_more_than_their_limit_of_bytes(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = query_cache.results
    monkeypatch.setattr(results, "limit", 10 * query_cache.LEAST)
    for number in range(100):
        list(Article.objects.filter(pk=number))
        assert results.size <= results.limit
    assert 0 < len(results) < 10


def test_a_long_text_counts_with_its_length(article: Article) -> None:
    Article.objects.update(body="x" * 100_000)
    before = query_cache.results.size
    list(Article.objects.values_list("body"))
    assert query_cache.results.size - before > 100_000


def test_a_result_holds_a_second_while_other_hosts_cannot_be_heard(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.invalidation.broadcast.is_up", lambda: False)
    Article.objects.count()
    assert queries(Article.objects.count) == 0
    now = time.monotonic()
    monkeypatch.setattr(
        "core.page_cache.entries.time.monotonic", lambda: now + checked_memory.ALONE
    )
    assert queries(Article.objects.count) == 1


@pytest.mark.skipif(settings.INKPOOL_CACHE_URL is None, reason="counts what Redis is asked")
def test_redis_is_asked_nothing(article: Article) -> None:
    redis = get_redis_connection("default")
    with redis.monitor() as monitor:
        redis.echo("begin")
        titles(), titles(), Article.objects.count()
        redis.echo("end")
        commands = (monitor.next_command()["command"].split() for _ in itertools.count())
        seen = [*itertools.takewhile(lambda words: words != ["ECHO", "end"], commands)]
    assert seen[seen.index(["ECHO", "begin"]) + 1 :] == []


@pytest.mark.parametrize(
    ("where", "name", "value", "message"),
    [
        (cachalot, "__version__", "3.0.0", r"cachalot is 3\.0\.0, .* needs version 2\.9\.1"),
        (settings, "CACHALOT_DATABASES", [], r"with CACHALOT_DATABASES=\[\]"),
    ],
)
def test_another_version_of_cachalot_or_one_that_is_off_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, value: Any, message: str
) -> None:
    monkeypatch.setattr(cachalot_settings, "CACHALOT_DATABASES", ["default"])  # restored later
    monkeypatch.setattr(where, name, value)
    with pytest.raises(ImproperlyConfigured, match=message):
        apps.get_app_config("cachalot").ready()


def test_while_a_transaction_writes_the_database_is_asked(article: Article) -> None:
    """Its commit may be known to the reader before its new generation is there."""
    titles()
    mark = generations().begin(generations().mask(["articles"]))
    assert queries(titles) == 1
    generations().end(mark, 0)
    assert queries(titles) == 0


def test_what_is_made_of_a_kept_result_holds_no_longer_than_that(article: Article) -> None:
    kept: checked_memory.Memory[list[str]] = checked_memory.Memory(entries=1)
    titles()
    with checked_memory.making(float("inf")):
        titles()
        taken = checked_memory.horizon.until - time.monotonic()
    assert 0 < taken <= checked_memory.AGE
    kept.get("titles", titles)
    assert kept._kept["titles"][1] <= time.monotonic() + taken


def test_a_look_into_another_database_leaves_nothing_to_this_one(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert titles() == ["The first one"]
    monkeypatch.setitem(connection.settings_dict, "NAME", "a_backup")
    assert queries(titles) == 1


def test_what_was_written_to_counts_as_outdated_and_is_replaced(article: Article) -> None:
    def counted() -> dict[str, int]:
        found = next(each for each in cache_report.caches() if each["cache"] == "queries")
        return {name: found[name] for name in ("hits", "misses", "outdated")}

    def read() -> list[str]:
        return [each.title for each in Article.objects.all()]

    read()
    kept, before = len(query_cache.results), counted()
    Article.objects.update(title="Two")
    for _ in range(3):
        assert read() == ["Two"]
    assert {name: value - before[name] for name, value in counted().items()} == {
        "hits": 2,
        "misses": 1,
        "outdated": 1,
    }
    assert len(query_cache.results) == kept
