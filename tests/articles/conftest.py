from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Tag
from tests.factories import make_article


@pytest.fixture
def many_articles(alice: User) -> None:
    """So many that no plan can afford to read all of them."""
    now = timezone.now()
    fields = {"author": alice, "body_html": "<p>words", "status": "published"}
    Article.objects.bulk_create(
        Article(title=f"Article {number}", publish_at=now - timedelta(minutes=number), **fields)
        for number in range(300)
    )
    make_article(alice, title="A pool", body="words")
    Tag.objects.named(["MySQL"])[0].articles.set(Article.objects.all())
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE articles_article, articles_searchtext")
            cursor.fetchall()
