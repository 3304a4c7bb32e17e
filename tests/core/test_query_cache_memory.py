"""The query cache: its tables, its rows, its memory, and the version of cachalot it needs."""

import itertools
from typing import Any

import cachalot
import pytest
from cachalot.settings import cachalot_settings
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django_redis import get_redis_connection

from articles.models import Article
from core import query_cache
from core.monitoring import cache_report
from core.subjects import tables_of
from tests.core.test_query_cache import a_link_to_other_hosts, queries, titles

__all__ = ["a_link_to_other_hosts"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)


def test_tables_of_the_subjects_are_read_from_memory_and_no_others() -> None:
    """A model that declares the subject needs no further setting."""
    named = cachalot_settings.CACHALOT_ONLY_CACHABLE_TABLES - {""}
    assert named == {*tables_of(*settings.INKPOOL_QUERY_CACHE_SUBJECTS)}
    assert named == {"articles_article", "articles_tag", "articles_article_tags", "articles_page"}


def test_each_query_makes_instances_of_its_own(article: Article) -> None:
    first, second = (Article.objects.order_by("pk")[0] for _ in range(2))
    first.title = "Changed by one request"
    titles = second.title, Article.objects.order_by("pk")[0].title
    assert titles == ("The first one", "The first one")
    assert first is not second


def test_kept_rows_are_immutable(article: Article) -> None:
    list(Article.objects.values_list("pk", "title"))
    Article.objects.count()
    kept = [each.rows for each in query_cache.results._pages.values()]
    assert kept
    for rows in kept:
        hash(rows)  # raises for a list, at any depth


def test_results_take_no_more_than_their_limit_of_bytes(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = query_cache.results
    monkeypatch.setattr(results, "limit", 10 * query_cache.LEAST)
    for number in range(100):
        list(Article.objects.filter(pk=number))
        assert results.size <= results.limit
    assert 0 < len(results) < 10


def test_long_text_counts_with_its_length(article: Article) -> None:
    Article.objects.update(body="x" * 100_000)
    before = query_cache.results.size
    list(Article.objects.values_list("body"))
    assert query_cache.results.size - before > 100_000


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
def test_other_version_of_cachalot_or_no_database_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, value: Any, message: str
) -> None:
    monkeypatch.setattr(cachalot_settings, "CACHALOT_DATABASES", ["default"])  # restored later
    monkeypatch.setattr(where, name, value)
    with pytest.raises(ImproperlyConfigured, match=message):
        apps.get_app_config("cachalot").ready()


def test_two_databases_share_no_result(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    assert titles() == ["The first one"]
    monkeypatch.setitem(connection.settings_dict, "NAME", "a_backup")
    assert queries(titles) == 1


def test_outdated_result_is_counted_and_replaced(article: Article) -> None:
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
