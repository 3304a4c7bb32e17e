"""The load program of the notes against /article: with the page cache, and without it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from articles.models import Article
from tests.core.page_cache.cached_site import Site

pytestmark = pytest.mark.django_db(transaction=True)
REQUESTS = 20


def test_load_reaches_django_once(site: Site, article: Article) -> None:
    site.get("/article")
    with ThreadPoolExecutor(REQUESTS) as threads:
        answers = list(threads.map(site.get, ["/article"] * REQUESTS))
    assert all(answer.is_hit for answer in answers)
    assert site.calls == 1


def test_each_request_queries_without_page_cache(
    article: Article, client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.INKPOOL_PAGE_CACHE = False
    client.get("/article")
    for _each in range(3):
        with django_assert_num_queries(1):
            assert client.get("/article").json()["result"]
