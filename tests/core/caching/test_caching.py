"""Functions whose results are kept: cached() and memoize(), on the cache of this pass."""

import inspect
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import inf

import pytest
from django.core.cache import cache, caches
from django.db import transaction

from core.caching import cached, delete_cached, delete_memoized, memoize
from core.caching.result_store import FOREVER
from core.signals import cache_memoize_hit, cache_memoize_miss, cache_view_hit, cache_view_miss


class Counted:
    """A function that says how often it was called."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def __call__(self, *call):
        self.calls.append(call)
        return len(self.calls)


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_result_is_kept_for_its_arguments(counted):
    @memoize(50)
    def add(a, b=2, *more, c=3, **rest):
        return counted(a, b)

    assert [add(1), add(1, 2), add(a=1, b=2), add(1, c=3), add(b=2, a=1)] == [1] * 5
    assert [add(2), add(1, 3), add(1, 2, 3), add(1, c=4), add(1, d=5)] == [2, 3, 4, 5, 6]
    assert add(1, x=1, y=2) == add(1, y=2, x=1)


def test_values_that_look_alike_have_results_of_their_own(counted):
    @memoize()
    def identity(value):
        return [counted(value), value]

    values = [1, True, 1.0, "1", b"1", (1,), [1], {1}, None, "None", {"a": 1}, [("a", 1)]]
    values += [Decimal(1), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), "[1]", ("1",)]
    again = [*map(identity, values), *map(identity, values)]
    assert again[: len(values)] == again[len(values) :]
    assert [(type(value), value) for _, value in again] == [(type(v), v) for v in values] * 2
    assert len(counted.calls) == len(values)


class Nameless:
    pass


def test_lone_surrogates_are_arguments(counted):
    ask = memoize()(lambda text: counted())
    assert [ask("\ud800"), ask({"\ud800"}), ask("\ud801"), ask("\ud800")] == [1, 2, 3, 1]


def test_ignored_arguments_do_not_change_the_key(counted):
    @memoize(args_to_ignore=["verbose", "note"])
    def ask(a, verbose=False, **rest):
        return counted()

    assert ask(1) == ask(1, True) == ask(1, verbose=Nameless(), note=2) == 1
    assert ask(1, other=2) == 2
    with pytest.raises(ValueError, match="no argument 'typo'"):
        memoize(args_to_ignore=["typo"])(lambda a: a)


def test_delete_refuses_undecorated_functions():
    with pytest.raises(TypeError, match=r"decorated with memoize\(\)"):
        delete_memoized(len)
    with pytest.raises(TypeError, match=r"decorated with cached\(\)"):
        delete_cached(memoize()(lambda: 1))


def test_call_that_runs_during_a_delete_leaves_no_result(counted):
    """The version stands before the call: what was computed from old rows is void at once."""

    @memoize()
    def read(number):
        counted()
        if len(counted.calls) == 1:
            delete_memoized(read)
        if len(counted.calls) == 2:
            delete_memoized(read, number)
        return len(counted.calls)

    assert [read(7), read(7), read(7), read(7)] == [1, 2, 3, 3]


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


def test_callable_without_a_name_is_refused(counted):
    with pytest.raises(TypeError, match="wrap it in one"):
        memoize()(counted)


def test_decorator_without_brackets_is_refused():
    with pytest.raises(TypeError, match="with brackets"):
        memoize(lambda: 1)


async def asynchronous(*args):
    return True


@pytest.mark.parametrize(
    "decorate",
    [
        lambda: memoize(unless=asynchronous),
        lambda: memoize(forced_update=asynchronous),
        lambda: memoize(is_stale=asynchronous),
        lambda: memoize(response_filter=asynchronous)(len),
        lambda: cached(response_filter=asynchronous)(len),
        lambda: cached(make_cache_key=asynchronous)(len),
        lambda: cached(key_prefix=asynchronous)(len),
    ],
)
def test_async_options_are_refused(decorate):
    with pytest.raises(TypeError, match="must not be async"):
        decorate()


async def chunks_later():
    yield "a"


def test_async_generator_is_refused():
    for decorate in (memoize(), cached(key_prefix="chunks")):
        with pytest.raises(TypeError, match="chunks_later is an async generator; return a list"):
            decorate(chunks_later)


def test_none_is_kept_only_with_cache_none(counted):
    kept = memoize(cache_none=True)(lambda: counted() and None)
    assert (kept(), kept(), len(counted.calls)) == (None, None, 1)

    @memoize()
    def not_kept():
        counted()

    assert (not_kept(), not_kept(), len(counted.calls)) == (None, None, 3)


def test_unless_forced_update_and_is_stale_compute_again(counted):
    state = {"unless": False, "forced": False, "stale": False}

    @memoize(
        unless=lambda function, number: state["unless"] and function.__name__ == "ask",
        forced_update=lambda: state["forced"],
        is_stale=lambda value, number: state["stale"] and value < 3,
    )
    def ask(number):
        return counted()

    assert [ask(1), ask(1)] == [1, 1]
    state["unless"] = True
    assert ask(1) == 2
    state |= {"unless": False, "stale": True}
    assert [ask(1), ask(1)] == [3, 3]
    state |= {"forced": True}
    assert [ask(1), ask(1)] == [4, 5]
    state |= {"forced": False}
    assert ask(1) == 5


def test_options_are_called_with_the_arguments_they_take(counted):
    asked = []

    def all_of(*args, **kwargs):
        asked.append((args, kwargs))

    ask = memoize(unless=all_of, forced_update=all_of, is_stale=all_of)(lambda a, b=2: counted())
    ask(1)
    ask(1, b=2)
    assert [args[1:] for args, _ in asked[:1]] == [(1,)]  # the function, then the call
    assert asked[0][0][0] is asked[2][0][0] is ask.uncached
    assert asked[1:] == [((1,), {}), asked[2], ((1,), {"b": 2}), ((1, 1), {"b": 2})]
    asked.clear()
    none = memoize(unless=lambda: asked.append(()), forced_update=lambda *, x=1: asked.append(x))
    none(lambda a: counted())(1)
    assert asked == [(), 1]


def test_filtered_result_is_not_kept(counted):
    ask = memoize(response_filter=lambda value: value > 1)(lambda: counted())
    assert [ask(), ask(), ask()] == [1, 2, 2]


def test_source_check_drops_results_of_changed_source(counted, monkeypatch):
    def ask():
        return counted()

    assert [memoize(source_check=True)(ask)(), memoize(source_check=True)(ask)()] == [1, 1]
    monkeypatch.setattr(inspect, "getsource", lambda function: "changed")
    assert memoize(source_check=True)(ask)() == 2
    assert memoize()(ask)() == 3


def test_make_name_separates_two_functions(counted):
    one, two = (memoize(make_name=lambda name, n=n: f"{name}{n}")(lambda: counted()) for n in "ab")
    assert [one(), two(), one(), two()] == [1, 2, 1, 2]


def test_result_that_cannot_be_packed_is_returned_and_logged_once(counted, caplog):
    @memoize()
    def odd():
        counted()
        return Nameless()

    assert type(odd()) is type(odd()) is Nameless
    assert len(counted.calls) == 2
    (line,) = caplog.messages
    assert "odd is called each time" in line
    assert "Nameless cannot be cached" in line


def test_generator_is_kept_as_its_joined_chunks(counted):
    @memoize()
    def chunks(kind):
        counted()
        yield from {"text": ["a", "b"], "bytes": [b"a", b"b"], "rest": [1, "b"]}[kind]

    assert [chunks("text"), chunks("text"), chunks("bytes")] == ["ab", "ab", b"ab"]
    assert chunks("rest") == [1, "b"]
    assert len(counted.calls) == 3


def test_error_is_raised_and_not_kept(counted):
    @memoize()
    def fail():
        raise LookupError(counted())

    for number in (1, 2):
        with pytest.raises(LookupError, match=str(number)):
            fail()


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


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (-1, ValueError),
        (timedelta(seconds=-1), ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        ("300", TypeError),
    ],
)
def test_impossible_timeout_is_refused(wrong, error):
    with pytest.raises(error, match="timeout="):
        memoize(wrong)


def test_result_expires_after_its_timeout(counted, monkeypatch):
    ask = memoize(10)(lambda: counted())
    now = time.time()
    assert [ask(), ask()] == [1, 1]
    monkeypatch.setattr(time, "time", lambda: now + 9)
    assert ask() == 1
    monkeypatch.setattr(time, "time", lambda: now + 11)
    assert ask() == 2


def test_decorated_function_has_uncached_cache_timeout_and_make_cache_key(counted):
    @memoize(50)
    def ask(a, b=2):
        """What it says."""
        return counted()

    assert (ask.uncached(1), ask.cache_timeout, ask.__doc__) == (1, 50, "What it says.")
    assert ask(1) == 2
    assert ask.make_cache_key(1) == ask.make_cache_key(a=1, b=2) != ask.make_cache_key(2)
    assert caches["default"].get(ask.make_cache_key(1)) is not None


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


@pytest.mark.django_db
def test_function_runs_each_time_within_a_transaction(counted):
    ask = memoize()(lambda: counted())
    assert [ask(), ask()] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_delete_within_a_transaction_is_repeated_at_its_commit(counted):
    ask = memoize()(lambda: counted())
    with transaction.atomic():
        delete_memoized(ask)
        between = call_elsewhere(ask)  # still sees the rows of before
    assert (between, ask()) == (1, 2)


def call_elsewhere(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()
