"""Results that cached() keeps, of functions without arguments; timeouts and signals of both."""

import time
from datetime import timedelta
from math import inf

import pytest
from django.core.cache import cache

from core.caching import cached, delete_cached, delete_memoized, memoize
from core.caching.result_store import FOREVER
from core.signals import cache_memoize_hit, cache_memoize_miss, cache_view_hit, cache_view_miss


def test_result_is_stored_under_its_key_prefix(counted):
    @cached(key_prefix="all_comments")
    def comments():
        return [counted()]

    assert (comments(), comments()) == ([1], [1])
    cache.delete("all_comments")
    assert (comments(), comments()) == ([2], [2])
    assert delete_cached(comments)
    assert comments() == [3]


def test_function_that_deletes_itself_is_computed_again(counted):
    @cached()
    def comments():
        if counted() == 1:
            delete_cached(comments)
        return len(counted.calls)

    assert [comments(), comments(), comments()] == [1, 2, 2]


def test_make_cache_key_decides_the_key(counted):
    @cached(make_cache_key=lambda number, **rest: f"number {number % 2}")
    def parity(number):
        return counted()

    assert [parity(1), parity(3), parity(2)] == [1, 1, 2]
    delete_cached(parity, key="number 1")
    assert [parity(5), parity(4)] == [3, 2]
    with pytest.raises(TypeError, match="must be a str, not 7"):
        cached(make_cache_key=lambda: 7)(lambda: 1)()


def test_cached_refuses_arguments():
    with pytest.raises(TypeError, match=r"use memoize\(\)"):
        cached()(lambda a: a)(1)


@pytest.mark.parametrize(
    ("timeout", "kept"),
    [
        (None, 300),
        (0, FOREVER),
        (7, 7),
        (timedelta(), FOREVER),
        (timedelta(milliseconds=1), 0.001),
        (timedelta(minutes=1), 60),
        (1.5, 1.5),
    ],
)
def test_timeout_is_kept_in_seconds(timeout, kept):
    assert memoize(timeout)(lambda: 1).caching.packed((), 1, inf)[1] == kept


def test_result_expires_after_its_timeout(counted, monkeypatch):
    ask = memoize(10)(lambda: counted())
    now = time.time()
    assert [ask(), ask()] == [1, 1]
    monkeypatch.setattr(time, "time", lambda: now + 9)
    assert ask() == 1
    monkeypatch.setattr(time, "time", lambda: now + 11)
    assert ask() == 2


@pytest.mark.parametrize(
    ("decorate", "hit", "miss"),
    [(memoize, cache_memoize_hit, cache_memoize_miss), (cached, cache_view_hit, cache_view_miss)],
)
def test_hits_and_misses_send_signals(decorate, hit, miss, counted):
    told = []
    ask = decorate(make_name=None)(lambda: counted()) if decorate is memoize else None
    ask = ask or decorate(key_prefix="x")(lambda: counted())

    def heard(signal, sender, key, args, kwargs, **rest):
        told.append((signal, sender, key, args, kwargs))

    hit.connect(heard)
    miss.connect(heard)
    try:
        ask()
        ask()
    finally:
        hit.disconnect(heard)
        miss.disconnect(heard)
    about = (ask, ask.make_cache_key(), (), {})
    assert told == [(miss, *about), (hit, *about)]


def test_delete_refuses_undecorated_functions():
    with pytest.raises(TypeError, match=r"decorated with memoize\(\)"):
        delete_memoized(len)
    with pytest.raises(TypeError, match=r"decorated with cached\(\)"):
        delete_cached(memoize()(lambda: 1))
