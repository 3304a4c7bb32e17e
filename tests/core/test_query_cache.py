"""Rows that stand in Redis are never older than the last write."""

import threading
import time
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.models import User
from articles.models import Article, Tag
from core import cache_status
from core.generations import Generations, generations
from tests.factories import make_article, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"),
]


@pytest.fixture
def article() -> Article:
    return make_article(make_user("alice_writes"), title="One")


def queries(read: Any) -> int:
    with CaptureQueriesContext(connection) as context:
        read()
    return len(context)


def titles() -> list[str]:
    return [each.title for each in Article.objects.published().defer("body")]


def test_a_second_read_asks_no_database(article: Article) -> None:
    titles()
    assert queries(titles) == 0
    assert titles() == ["One"]


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
    assert titles() == ["One"]


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
    assert titles() == ["One"]


def test_a_read_overtaken_by_a_write_is_not_kept(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core import query_cache

    keep, once = query_cache.keep, threading.Event()

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

    monkeypatch.setattr(query_cache, "keep", late)
    assert [each.title for each in Article.objects.all()] == ["One"]
    assert [each.title for each in Article.objects.all()] == ["Overtaken"]


def test_every_key_expires(article: Article) -> None:
    titles()
    client = caches["queries"].client.get_client()
    keys = [*client.scan_iter("*queries*")]
    assert keys
    assert all(0 < client.ttl(key) <= 86_400 for key in keys)


@pytest.mark.parametrize(
    "bomb", [b"", b"\x80\x04.", b"cos\nsystem\n(S'id'\ntR.", b"\xff" * 9, b"7"]
)
def test_damage_in_redis_is_a_missing_entry(article: Article, bomb: bytes) -> None:
    titles()
    client = caches["queries"].client.get_client()
    for key in client.scan_iter("*queries*"):
        client.set(key, bomb, ex=60)
    assert titles() == ["One"]


def test_redis_away_means_reading_the_database(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles()

    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(type(caches["queries"]), "get_many", away)
    assert queries(titles) == 1
    assert titles() == ["One"]


def test_what_an_old_dump_brings_back_is_not_shown(article: Article) -> None:
    client = caches["queries"].client.get_client()
    titles()
    dump = {key: client.get(key) for key in client.scan_iter("*queries*")}
    Article.objects.update(title="Two")
    titles()
    client.flushdb()
    for key, value in dump.items():
        client.set(key, value, ex=60)
    assert titles() == ["Two"]


def test_another_hosts_write_is_seen_through_the_common_generation(article: Article) -> None:
    """As far as Redis alone tells of it: this host's generation stays as it is."""
    from core.push import announce

    titles()
    with connection.cursor() as cursor:
        cursor.cursor.execute("UPDATE articles_article SET title = 'Elsewhere'")  # nobody sees it
    assert titles() == ["One"]
    announce(generations().mask(["articles"]))
    assert titles() == ["Elsewhere"]


def test_another_version_of_cachalot_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    import cachalot
    from django.apps import apps

    monkeypatch.setattr(cachalot, "__version__", "3.0.0")
    with pytest.raises(ImproperlyConfigured, match=r"cachalot 3\.0\.0 is installed.*2\.9\.1"):
        apps.get_app_config("cachalot").ready()


def test_being_off_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from cachalot.settings import cachalot_settings

    from core.query_cache import require_on

    monkeypatch.setattr(cachalot_settings, "CACHALOT_DATABASES", frozenset())
    with pytest.raises(ImproperlyConfigured, match="cachalot is off"):
        require_on()


def test_while_somebody_writes_the_database_is_asked(article: Article) -> None:
    """His commit may be known to the reader before his new generation is there."""
    titles()
    mark = generations().begin(generations().mask(["articles"]))
    assert queries(titles) == 1
    generations().end(mark, 0)
    assert queries(titles) == 0


def test_what_is_made_of_a_kept_row_holds_no_longer_than_that(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core import memory

    kept: memory.Memory[list[str]] = memory.Memory(entries=1)
    monkeypatch.setattr("core.push.is_up", lambda: True)
    titles()
    with memory.making(float("inf")):
        titles()
        taken = memory.horizon.until - time.monotonic()
    assert 0 < taken <= settings.CACHALOT_TIMEOUT
    kept.get("titles", titles)
    assert kept._kept["titles"][1] <= time.monotonic() + taken


def test_a_look_into_another_database_leaves_nothing_to_this_one(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert titles() == ["One"]
    monkeypatch.setitem(connection.settings_dict, "NAME", "a_backup")
    assert queries(titles) == 1


def test_what_was_written_to_counts_as_outdated_and_is_replaced(article: Article) -> None:
    def counted() -> dict[str, int]:
        found = next(each for each in cache_status.caches() if each["cache"] == "queries")
        return {name: found[name] for name in ("hits", "misses", "outdated")}

    def read() -> list[str]:
        return [each.title for each in Article.objects.all()]

    def entries() -> int:
        return len([*caches["queries"].client.get_client().scan_iter("*queries*")])

    read()
    kept, before = entries(), counted()
    Article.objects.update(title="Two")
    for _ in range(3):
        assert read() == ["Two"]
    assert {name: value - before[name] for name, value in counted().items()} == {
        "hits": 2,
        "misses": 1,
        "outdated": 1,
    }
    assert entries() == kept


def test_hosts_do_not_take_each_others_entries_away(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles()
    with monkeypatch.context() as another:
        another.setattr(Generations, "host", 7)
        assert queries(titles) == 1
    assert queries(titles) == 0
