"""The number of articles does not change how many rows these queries read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles import schedule
from articles.models import Article
from tests.factories import make_article
from tests.query_plans import recorded_plans

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thousands")]
FEW = 12  # rows


@pytest.fixture
def thousands(alice: User) -> None:
    """Articles without rows of the search index. Of a few hundred, MariaDB reads all."""
    now = timezone.now()
    QuerySet(Article).bulk_create(
        Article(
            author=alice,
            title=f"Article {number}",
            status="published",
            publish_at=now - timedelta(days=5000 - number),
        )
        for number in range(5000)
    )
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE articles_article")
            cursor.fetchall()


@contextmanager
def few_rows_by(index: str) -> Iterator[None]:
    """Asserts that each query of the block reads few rows, in the order of the index."""
    first = rows_read()
    of_asking = rows_read() - first  # the status is a table too
    with recorded_plans(of="articles_article") as plans:
        before = rows_read()
        yield
        read = rows_read() - before - of_asking
    assert read <= FEW
    assert plans
    for plan in plans:
        assert any(f" {index}" in step for step in plan), plan
        assert not [step for step in plan if "filesort" in step or "TEMP B-TREE" in step], plan


def rows_read() -> int:
    """The rows that this connection has read so far; SQLite does not count them."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(number) for _, number in cursor.fetchall())


def test_moments_are_two_seeks(alice: User) -> None:
    later = timezone.now() + timedelta(days=1)
    make_article(alice, title="Scheduled", publish_at=later)
    with few_rows_by("article_newest"):
        found = schedule.read_moments()
    assert found.next == later
    assert found.newest is not None and found.newest < timezone.now()


def test_list_of_the_admin(dana_client: Client) -> None:
    with recorded_plans(of="articles_article`.`title`") as plans:
        page = dana_client.get("/admin/articles/article/").content.decode()
    assert "Article 4999" in page
    if connection.vendor == "mysql":
        (plan,) = plans
        assert plan[0].startswith("articles_article") and "PRIMARY" in plan[0], plan
        assert "filesort" not in plan[0], plan
