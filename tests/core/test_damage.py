"""Damaged values in Redis count as missing, for each method of the cache."""

import itertools
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches

from accounts.login_guard import ACCOUNT_AT_ADDRESS, count_attempt
from core.caching import memoize
from core.http.attempts import key_of

pytestmark = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)
LIST = "a list"
UNREADABLE = [
    b"", b"\xc1", b"\xc1abc", b"\xff" * 9, b"\x92\x01", b"\xdb\xff\xff\xff\xff", b"\xc7\x03\x02abc",
    b"\x80\x04cposix\nsystem\n", b"9" * 5000, b"\xc4", LIST,
]  # fmt: skip
NO_NUMBERS = [b"\xc0", b"\xa3abc", b"\x90", b"\x80", b"\xc4\x01a"]  # None, "abc", [], {}, b"a"
ODD_NUMBERS = [b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", b"-99", b"\xc3", b" 7", b"0_1"]
MOST = ACCOUNT_AT_ADDRESS.attempts
EXPECTED = {
    "get": (lambda cache: cache.get("a", "nothing"), "nothing"),
    "get_many": (lambda cache: cache.get_many(["a", "b"]), {"b": 2}),
    "add": (lambda cache: (cache.add("a", 1, 60), cache.get("a")), (True, 1)),
    "set": (lambda cache: (cache.set("a", 1, 60), cache.get("a")), (True, 1)),
    "get_or_set": (lambda cache: cache.get_or_set("a", lambda: 3, 60), 3),
    "delete": (lambda cache: (cache.delete("a"), cache.get("a"))[1], None),
}


def damage(alias: str, key: str, bomb: bytes | str) -> None:
    cache: Any = caches[alias]
    redis, place = cache.client.get_client(write=True), cache.make_key(key)
    redis.delete(place)
    if bomb == LIST:
        redis.rpush(place, "x")
    else:
        redis.set(place, bomb)


@pytest.mark.parametrize("method", EXPECTED)
def test_damaged_value_counts_as_missing(method: str) -> None:
    call, expected = EXPECTED[method]
    caches["default"].set("b", 2)
    for bomb in UNREADABLE:
        damage("default", "a", bomb)
        assert (bomb, call(caches["default"])) == (bomb, expected)


@pytest.mark.parametrize("method", ["incr", "decr"])
def test_incr_of_a_damaged_value_raises_value_error(method: str) -> None:
    for bomb in UNREADABLE + NO_NUMBERS:
        damage("default", "a", bomb)
        with pytest.raises(ValueError, match="Key 'a' holds no number"):
            getattr(caches["default"], method)("a")


def test_numbers_are_counted_as_before() -> None:
    cache = caches["default"]
    cache.set("a", 5, 60)
    cache.set("half", 1.5, 60)
    assert (cache.incr("a"), cache.decr("a", 4), cache.incr("half")) == (6, 2, 2.5)
    assert cache.add("a", 9) is False
    assert cache.touch("a", 600)
    assert cache.ttl("a") > 500  # type: ignore[attr-defined]


def test_value_replaced_meanwhile_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    cache: Any = caches["default"]
    damage("default", "a", b"\xc1")
    redis = cache.client.get_client(write=True)
    mget = redis.mget

    def late(places: Any) -> list[bytes]:
        found = mget(places)
        cache.set("a", "new", 60)
        return found

    monkeypatch.setattr(redis, "mget", late)
    assert cache.add("a", 1) is False
    monkeypatch.undo()
    assert cache.get("a") == "new"


@pytest.mark.parametrize(
    "bomb",
    [b"", b"\xc1", LIST, b"\xc0", b"\xa3abc", *ODD_NUMBERS],
    ids=lambda bomb: repr(bomb)[:20],
)
def test_a_damaged_count_begins_anew(bomb: bytes | str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither locks a visitor out nor allows attempts without end."""
    monkeypatch.setattr("core.http.attempts.time.time", lambda: 3_600_000_100.0)
    damage("default", key_of(ACCOUNT_AT_ADDRESS, "alice_writes@10.0.0.1"), bomb)
    waits = [count_attempt("alice_writes", "10.0.0.1") for _ in range(MOST + 1)]
    assert waits[0] == 0
    assert waits[-1] == 300


@pytest.mark.parametrize("bomb", [b"\xc1", LIST, b"\xc0", b"0"])
def test_a_damaged_version_is_replaced(bomb: bytes | str, caplog: pytest.LogCaptureFixture) -> None:
    calls = itertools.count(1)

    @memoize()
    def number() -> int:
        return next(calls)

    number()
    damage("default", number.caching.version_key, bomb)  # type: ignore[attr-defined]
    first = number()
    assert [number(), number()] == [first, first]
    assert caplog.messages == []
