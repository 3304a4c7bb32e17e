"""Functions that are kept, and transactions: of Django's, begun by hand, and typed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from articles.models import Tag
from core.caching import delete_memoized, memoize

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[[], None]
committed = {1: "old"}  # as others see it


@memoize(300)
def seen(pk: int) -> str:
    return committed[pk]


@memoize(300)
def name(pk: int) -> str:
    return Tag.objects.values_list("name", flat=True).get(pk=pk)


@pytest.fixture(autouse=True)
def empty() -> None:
    cache.clear()
    committed[1] = "old"


def atomic(write: Write) -> None:
    with transaction.atomic():
        write()


def manual(write: Write) -> None:
    transaction.set_autocommit(False)
    try:
        write()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)


def typed(write: Write, end: str = "COMMIT") -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        write()
        cursor.execute(end)


@pytest.mark.parametrize("way", [atomic, manual, typed])
def test_result_computed_by_others_before_the_commit_is_deleted_at_it(
    way: Callable[[Write], None],
) -> None:
    def write() -> None:
        delete_memoized(seen, 1)
        with ThreadPoolExecutor(1) as other:
            assert other.submit(seen, 1).result(20) == "old"

    way(write)
    committed[1] = "new"
    assert seen(1) == "new"


def test_nothing_is_kept_within_a_transaction_begun_by_raw_sql() -> None:
    tag = Tag.objects.create(name="old", slug="a")

    def write() -> None:
        Tag.objects.update(name="undone")
        assert name(tag.pk) == "undone"

    typed(write, "ROLLBACK")
    assert name(tag.pk) == "old"


def test_function_runs_each_time_within_atomic(counted: Callable[[], int]) -> None:
    ask = memoize()(lambda: counted())
    with transaction.atomic():
        assert [ask(), ask()] == [1, 2]
