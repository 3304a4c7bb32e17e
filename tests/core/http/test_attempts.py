from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from core.http import attempts
from core.http.attempts import Limit, key_of, over

TRIES = Limit("tries", 5, 60)


@pytest.fixture(autouse=True)
def one_window(monkeypatch):
    """A window that does not end during the test."""
    monkeypatch.setattr(attempts.time, "time", lambda: 3_600_000_010.0)


def test_one_attempt_too_many_waits_until_the_window_ends():
    assert [over(TRIES, "alice") for _ in range(6)] == [0, 0, 0, 0, 0, 50]


def test_subjects_and_limits_are_counted_apart():
    for _ in range(6):
        over(TRIES, "alice")
    assert over(TRIES, "bob") == 0
    assert over(Limit("other", 5, 60), "alice") == 0


def test_parallel_attempts_are_all_counted():
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: over(TRIES, "alice"), range(20)))
    assert waits.count(0) == 5


def test_a_damaged_count_begins_anew():
    cache.set(key_of(TRIES, "alice"), "many")
    assert over(TRIES, "alice") == 0
