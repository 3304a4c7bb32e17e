"""Authors save at the same moment with the same tags, and no save fails."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.conf import settings
from django.db import connection

from articles.forms import ArticleForm
from articles.models import Article, Tag
from tests.factories import make_user

TAGS = [f"tag{number}" for number in range(8)]


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool",
    reason="runs in the pass on MariaDB",
)
@pytest.mark.django_db(transaction=True)
def test_parallel_saves_with_the_same_tags_all_succeed():
    alice = make_user()

    def save(seed: int) -> None:
        try:
            names = Random(seed).sample(TAGS, len(TAGS))
            data = {"title": f"Article {seed}", "body": "x", "tags": ",".join(names)}
            form = ArticleForm(data, instance=Article(author=alice))
            assert form.is_valid(), form.errors
            form.save()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(64)))
    assert Article.objects.count() == 64
    assert Tag.objects.count() == len(TAGS)
    assert all(article.tags.count() == len(TAGS) for article in Article.objects.all())
