"""Sliding windows, counted in Redis or in the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache, caches
from django.db import connection

from core.http import attempts
from core.http.attempts import Limit, forget, give_back, key_of, over
from core.http.models import AttemptLog

pytestmark = pytest.mark.django_db
TRIES = Limit("tries", 5, 60)
START = 3_600_000_010.0
on_servers = pytest.mark.skipif(
    site_settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


@pytest.fixture(autouse=True, params=["database", pytest.param("redis", marks=on_servers)])
def store(request, settings):
    if request.param == "database":
        settings.INKPOOL_CACHE_URL = None
    cache.clear()
    return request.param


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """clock(seconds): so much later than the start of the test."""

    def clock(later: float) -> None:
        monkeypatch.setattr(attempts.time, "time", lambda: START + later)

    clock(0)
    return clock


def passed(times: int) -> int:
    return [over(TRIES, "alice") for _ in range(times)].count(0)


def test_one_attempt_too_many_waits_until_the_first_leaves_the_window(clock):
    assert [over(TRIES, "alice") for _ in range(6)] == [0, 0, 0, 0, 0, 60]
    clock(59.5)
    assert over(TRIES, "alice") == 1
    clock(60)
    assert over(TRIES, "alice") == 0


def test_no_span_of_the_window_holds_two_volleys(clock):
    """A fixed window lets 5 pass at its end and 5 more at the start of the next."""
    assert passed(1) == 1
    clock(49)
    assert passed(9) == 4
    clock(61)
    assert passed(9) == 1
    clock(108)
    assert passed(9) == 0
    clock(109)
    assert passed(9) == 4


def test_refused_attempts_do_not_prolong_the_wait(clock):
    passed(5)
    clock(30)
    assert passed(50) == 0
    clock(60)
    assert passed(9) == 5


def test_subjects_and_limits_are_counted_apart():
    passed(6)
    assert over(TRIES, "bob") == 0
    assert over(Limit("other", 5, 60), "alice") == 0


def test_attempt_given_back_does_not_count():
    passed(5)
    give_back(TRIES, "alice")
    assert passed(9) == 1
    forget(TRIES, "alice")
    assert passed(9) == 5


def test_nothing_is_given_back_to_a_subject_without_attempts():
    give_back(TRIES, "alice")
    forget(TRIES, "alice")
    assert passed(9) == 5


def test_rows_are_deleted_when_their_window_has_passed(store, clock):
    passed(1)
    clock(61)
    over(TRIES, "bob")
    if store == "database":
        assert [row.key for row in AttemptLog.objects.all()] == [key_of(TRIES, "bob")]


@pytest.mark.parametrize("meanwhile", ["counts", "forgets"])
def test_first_attempt_passes_whatever_another_request_does_meanwhile(
    clock, monkeypatch, meanwhile
):
    insert = AttemptLog.objects.bulk_create

    def interrupted(rows, **options):
        insert(rows, **options)
        monkeypatch.setattr(AttemptLog.objects, "bulk_create", insert)
        clock(0.001)
        over(TRIES, "bob") if meanwhile == "counts" else forget(TRIES, "alice")

    monkeypatch.setattr(AttemptLog.objects, "bulk_create", interrupted)
    assert over(TRIES, "alice") == 0
    assert passed(5) == 4


@on_servers
@pytest.mark.django_db(transaction=True)
def test_parallel_attempts_are_all_counted():
    def attempt(_: int) -> int:
        try:
            return over(TRIES, "alice")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(attempt, range(20)))
    assert waits.count(0) == 5


@on_servers
def test_damaged_count_begins_anew(store):
    if store == "database":
        return
    redis = caches["default"]
    redis.client.get_client(write=True).set(redis.make_key(key_of(TRIES, "alice")), b"many")
    assert passed(9) == 5
