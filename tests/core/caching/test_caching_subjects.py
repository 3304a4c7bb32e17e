"""Results that hold until one of their subjects is written."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from articles.models import Tag
from core.caching import cached, delete_memoized, memoize
from core.caching.result_store import Place
from core.invalidation import broadcast
from core.invalidation.checked_memory import Memory
from core.invalidation.expiry import AGE
from core.invalidation.generations import generations
from tests.core.caching.gates import WAIT, Counted
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
calls: list[Any] = []


@memoize(subjects=["articles"])
def names() -> list[str]:
    calls.append("names")
    return list(Tag.objects.values_list("name", flat=True))


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    calls.clear()
    monkeypatch.setattr(broadcast, "is_up", lambda: True)


def tag(name: str) -> Tag:
    return Tag.objects.create(name=name)


def in_thread(function: Callable[[], Any]) -> Any:
    def closing() -> Any:
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result(WAIT)


def test_result_holds_until_its_subject_is_written() -> None:
    assert [names(), names()] == [[], []]
    tag("Redis")
    assert [names(), names()] == [["Redis"], ["Redis"]]
    with transaction.atomic():
        Tag.objects.update(name="MySQL")
    assert names() == ["MySQL"]
    assert len(calls) == 3


def test_write_to_another_subject_leaves_the_result() -> None:
    names()
    make_user("alice_writes")
    names()
    assert len(calls) == 1


def test_result_of_two_subjects_is_outdated_by_each() -> None:
    @memoize(subjects=["articles", "users"])
    def totals() -> list[int]:
        calls.append("totals")
        return [Tag.objects.count(), User.objects.count()]

    assert totals() == [0, 0]
    make_user("alice_writes")
    assert totals() == [0, 1]
    tag("Redis")
    assert [totals(), totals()] == [[1, 1], [1, 1]]
    assert len(calls) == 3


def test_write_that_commits_while_the_function_computes_outdates_its_result() -> None:
    has_read, may_go_on = threading.Event(), threading.Event()

    @memoize(subjects=["articles"])
    def slow() -> list[str]:
        found = list(Tag.objects.values_list("name", flat=True))
        if not may_go_on.is_set():
            has_read.set()
            assert may_go_on.wait(WAIT)
        return found

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(lambda: in_thread(slow))
        assert has_read.wait(WAIT)
        tag("Redis")
        may_go_on.set()
        assert early.result(WAIT) == []
    assert slow() == ["Redis"]


def test_nothing_is_given_or_kept_while_a_write_is_pending(counted: Counted) -> None:
    """Others may know already of what is committed, before it has its new generation."""

    ask = memoize(subjects=["articles"])(lambda: counted())
    assert [ask(), ask()] == [1, 1]
    with transaction.atomic():
        tag("Redis")
        assert [in_thread(ask), in_thread(ask)] == [2, 3]
    assert [ask(), ask()] == [4, 4]


def test_unknown_subject_is_refused_by_name() -> None:
    for decorate in (cached, memoize):
        with pytest.raises(ValueError, match="there is no 'tags', only articles, users"):
            decorate(subjects=["articles", "tags"])
        with pytest.raises(TypeError, match=r"^subjects='articles' must be a list of names"):
            decorate(subjects="articles")  # type: ignore[arg-type]


def test_coroutine_function_has_subjects_too(counted: Counted) -> None:
    @memoize(subjects=["articles"])
    async def ask() -> int:
        return counted()

    async def twice() -> list[int]:
        return [await ask(), await ask()]

    assert asyncio.run(twice()) == [1, 1]
    tag("Redis")
    assert asyncio.run(twice()) == [2, 2]


def test_view_has_subjects_too(rf: RequestFactory, counted: Counted) -> None:
    @cached(subjects=["articles"])
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{counted()}")

    assert [page(rf.get("/")).content for _ in range(2)] == [b"1", b"1"]
    tag("Redis")
    assert page(rf.get("/")).content == b"2"


def test_result_with_subjects_can_be_deleted() -> None:
    names()
    delete_memoized(names)
    names()
    assert len(calls) == 2


def test_result_with_subjects_is_kept_for_a_minute_unless_timeout_says_otherwise() -> None:
    for timeout, kept in ((None, AGE), (3600, 3600), (5, 5)):
        function: Any = memoize(timeout, subjects=["articles"])(len)
        assert function.caching.packed((), 1, float("inf"))[1] == kept


def test_result_is_not_kept_past_the_moment_it_changes_by_itself(counted: Counted) -> None:
    due = [timezone.now() + timedelta(seconds=20)]

    def due_time() -> Any:
        counted()
        return due[0]

    ask = memoize(300, subjects=["articles"], until=due_time)(lambda: counted())
    assert [ask(), ask()] == [2, 2]
    due[0] = timezone.now() - timedelta(seconds=1)
    delete_memoized(ask)
    assert [ask(), ask()] == [4, 6]  # it has changed already


def test_until_is_asked_off_the_event_loop(counted: Counted) -> None:
    @memoize(until=lambda: Tag.objects.count() and None)
    async def ask() -> int:
        return counted()

    async def twice() -> list[int]:
        return [await ask(), await ask()]

    assert asyncio.run(twice()) == [1, 1]


def test_result_of_a_host_that_hears_no_other_holds_for_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Place("key", ("mark",))
    assert place.under_generations(["articles"]).oldest > 3600  # type: ignore[union-attr]
    monkeypatch.setattr(broadcast, "is_up", lambda: False)
    assert place.under_generations(["articles"]).oldest == 1  # type: ignore[union-attr]


def test_result_of_before_the_link_to_other_hosts_broke_is_not_used(counted: Counted) -> None:
    ask = memoize(subjects=["articles"])(lambda: counted())
    assert [ask(), ask()] == [1, 1]
    generations().bump_link()
    assert ask() == 2


def test_result_holds_no_longer_than_the_kept_value_it_is_made_of(counted: Counted) -> None:
    brief: Memory[int] = Memory(entries=1, age=lambda value: 0.0)

    @memoize(subjects=["articles"])
    def ask() -> int:
        return brief.get("key", counted)

    assert [ask(), ask()] == [1, 2]
