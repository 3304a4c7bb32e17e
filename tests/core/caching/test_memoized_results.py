"""Results of memoize(), kept for the arguments of a call."""

import inspect
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.cache import caches

from core.caching import delete_memoized, memoize


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


def test_error_is_raised_and_not_kept(counted):
    @memoize()
    def fail():
        raise LookupError(counted())

    for number in (1, 2):
        with pytest.raises(LookupError, match=str(number)):
            fail()


def test_none_is_kept_only_with_cache_none(counted):
    kept = memoize(cache_none=True)(lambda: counted() and None)
    assert (kept(), kept(), len(counted.calls)) == (None, None, 1)

    @memoize()
    def not_kept():
        counted()

    assert (not_kept(), not_kept(), len(counted.calls)) == (None, None, 3)


def test_filtered_result_is_not_kept(counted):
    ask = memoize(response_filter=lambda value: value > 1)(lambda: counted())
    assert [ask(), ask(), ask()] == [1, 2, 2]


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


def test_decorated_function_has_uncached_cache_timeout_and_make_cache_key(counted):
    @memoize(50)
    def ask(a, b=2):
        """What it says."""
        return counted()

    assert (ask.uncached(1), ask.cache_timeout, ask.__doc__) == (1, 50, "What it says.")
    assert ask(1) == 2
    assert ask.make_cache_key(1) == ask.make_cache_key(a=1, b=2) != ask.make_cache_key(2)
    assert caches["default"].get(ask.make_cache_key(1)) is not None
