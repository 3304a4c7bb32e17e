"""Writes that leave what is kept as it is, and what announces them later."""

from threading import Thread

import pytest
from django.db import connection, transaction

from articles.models import Article
from core.invalidation.write_hooks import announce, unannounced
from tests.core.invalidation.test_write_hooks import writing

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_unannounced_write_outdates_nothing(article: Article) -> None:
    with writing(), unannounced():
        Article.objects.update(excerpt="x")
        with transaction.atomic():
            Article.objects.update(excerpt="y")


def test_the_write_after_the_block_is_announced(article: Article) -> None:
    with unannounced():
        Article.objects.update(excerpt="x")
    with writing("articles"):
        Article.objects.update(excerpt="y")


def test_an_error_ends_the_block_too(article: Article) -> None:
    with pytest.raises(ZeroDivisionError), unannounced():
        1 / 0  # noqa: B018
    with writing("articles"):
        Article.objects.update(excerpt="x")


def test_end_of_an_inner_block_leaves_the_outer_one(article: Article) -> None:
    with writing(), unannounced():
        with unannounced():
            pass
        Article.objects.update(excerpt="x")


def test_other_writes_of_the_same_transaction_are_announced(article: Article) -> None:
    with writing("articles"), transaction.atomic():
        Article.objects.update(title="x")
        with unannounced():
            Article.objects.update(excerpt="x")


def test_write_to_everything_is_announced_within_the_block() -> None:
    with writing("articles", "users"), unannounced(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE never_seen_before (number int)")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE never_seen_before")


def test_another_thread_announces_its_writes(article: Article) -> None:
    def write() -> None:
        try:
            Article.objects.update(excerpt="x")
        finally:
            connection.close()

    with writing("articles"), unannounced():
        thread = Thread(target=write)
        thread.start()
        thread.join()


def test_announcing_outdates_the_named_subject_alone() -> None:
    with writing("articles"):
        announce("articles")
