"""Each query of a search begins with the full-text index and reads articles by their keys."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.query_plans import recorded_plans

pytestmark = pytest.mark.django_db(transaction=True)  # MySQL finds what is committed
FILTERS: list[dict[str, Any]] = [
    {}, {"author": "alice_writes"}, {"tag": "mysql"}, {"language": "en"},
    {"year": timezone.now().year},
]  # fmt: skip


def assert_index_is_used(plans: list[list[str]]) -> None:
    """MATCH also names SQLite's virtual table. A query may read articles by keys that it has."""
    assert plans
    for plan in plans:
        if connection.vendor == "sqlite":
            assert any(step.startswith("SCAN articles_searchindex VIRTUAL TABLE") for step in plan)
            assert not [step for step in plan if step.startswith("SCAN articles_article")], plan
        else:
            assert any(step.startswith("articles_searchtext fulltext ") for step in plan), plan
            of_articles = [step for step in plan if step.startswith("articles_article ")]
            assert all(step.startswith("articles_article eq_ref PRIMARY") for step in of_articles)


@pytest.mark.usefixtures("many_articles")
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_search_page(charlie: Client, filters: dict[str, Any]) -> None:
    with recorded_plans(of="MATCH") as plans:
        found = charlie.get("/search/", {"q": "pool", **filters}).context["page"].object_list
    assert [article.title for article in found] == ["A pool"]
    assert_index_is_used(plans)


@pytest.mark.usefixtures("many_articles")
def test_own_articles(alice_client: Client) -> None:
    with recorded_plans(of="MATCH") as plans:
        assert "A pool" in alice_client.get("/articles/mine/", {"q": "pool"}).content.decode()
    assert_index_is_used(plans)


@pytest.mark.usefixtures("many_articles")
def test_admin(dana_client: Client) -> None:
    with recorded_plans(of="MATCH") as plans:
        page = dana_client.get("/admin/articles/article/", {"q": "pool"}).content.decode()
    assert "A pool" in page
    assert_index_is_used(plans)
