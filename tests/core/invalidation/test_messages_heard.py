"""The workers of a host apply a message once, and a worker that starts empties no cache."""

import pytest
from django.conf import settings

from core.invalidation import broadcast
from core.invalidation.broadcast import Link
from core.invalidation.generations import HEARD_COUNT, generations
from tests.core.invalidation.redis_link import OTHER, listening, now

on_redis = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


def message(mask: int, number: int, host: int = OTHER) -> bytes:
    return f"{host} {mask} {number}".encode()


def test_second_worker_that_hears_a_message_outdates_nothing() -> None:
    one, other, number = Link(), Link(), broadcast.new_number()
    before = now()
    one.apply(message(1, number))
    after = now()
    assert after != before
    other.apply(message(1, number))
    assert now() == after
    other.apply(message(1, number + 1))
    assert now() != after


def test_worker_that_lags_behind_may_outdate_once_more() -> None:
    """More is noted than a message takes; what is forgotten counts as new."""
    link, number = Link(), broadcast.new_number()
    link.apply(message(1, number))
    link.apply(message(1, number + HEARD_COUNT))
    before = now()
    link.apply(message(1, number))
    assert now() != before


@pytest.mark.parametrize("up", [True, False])
def test_worker_answers_for_its_host_only_while_its_link_is_up(up: bool) -> None:
    link, number, before = Link(), broadcast.new_number(), now()
    link.is_up = up
    link.apply(message(0, number, generations().host))
    assert generations().has_heard(number) is up
    assert now() == before


def test_question_of_another_host_is_not_counted_as_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(broadcast.numbers, "add", lambda name, by: counted.append(by))
    link, number = Link(), broadcast.new_number()
    link.apply(message(0, number))
    link.apply(message(1, number + 1))
    assert counted == [0, 1]


@on_redis
def test_worker_that_starts_beside_another_outdates_nothing(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "ANSWER", 10.0)
    before = now()
    with listening(Link()):
        assert now() == before


@on_redis
def test_first_worker_of_a_host_outdates_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "ANSWER", 0.02)
    before = now()
    with listening(Link()):
        assert now() != before
