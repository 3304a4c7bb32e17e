"""Keys that memoize() makes of arguments: values that can be told apart have different keys."""

from datetime import UTC

import pytest
from django.utils.functional import SimpleLazyObject
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caching import memoize
from tests.core.caching.caching_values import ALL_DIFFERENT, REFUSED, Identified, Nameless, saved

counted: list[object] = []


@memoize()
def ask(value):
    counted.append(value)
    return len(counted)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.binary()
    | st.floats(allow_nan=False)
    | st.datetimes(timezones=st.just(UTC) | st.none()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(plain, plain)
def test_equal_keys_mean_equal_arguments(one, other):
    same = ask.make_cache_key(one) == ask.make_cache_key(other)
    assert not same or (repr(one) == repr(other) or one == other)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), st.integers()), st.lists(st.integers(), unique=True))
def test_order_of_a_dict_or_set_does_not_change_the_key(pairs, numbers):
    turned = dict(reversed(pairs.items()))
    assert ask.make_cache_key(turned) == ask.make_cache_key(pairs)
    turned_set = set(dict.fromkeys(reversed(numbers)))
    assert ask.make_cache_key(set(numbers)) == ask.make_cache_key(turned_set)


def test_different_values_have_different_keys():
    counted.clear()
    first = [ask(value) for value in ALL_DIFFERENT]
    assert first == list(range(1, len(ALL_DIFFERENT) + 1))
    assert [ask(value) for value in ALL_DIFFERENT] == first


def test_equal_objects_have_the_same_key():
    def key(make):
        one, other = make(), make()  # at two addresses
        assert ask.make_cache_key(one) == ask.make_cache_key(other)
        return ask.make_cache_key(one)

    assert key(lambda: Identified((1, 2))) != key(lambda: Identified([1, 2]))
    assert key(lambda: saved(pk=1)) == key(lambda: SimpleLazyObject(lambda: saved(pk=1)))


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_argument_without_lasting_description_is_refused_by_name(value):
    calls = []

    @memoize()
    def find(first, odd=None):
        calls.append(first)
        return 1

    with pytest.raises(TypeError, match=r"find: the argument 'odd' .*args_to_ignore"):
        find(1, value)
    assert calls == []


def test_refusal_names_type_and_cure():
    with pytest.raises(TypeError) as refused:
        ask({"a": [Nameless()]})
    assert str(refused.value) == (
        "tests.core.caching.test_caching_keys.ask: the argument 'value' cannot be part of a key (a "
        "tests.core.caching.caching_values.Nameless has no lasting description); pass something "
        "plain, give its class a __caching_id__(), or name it in args_to_ignore"
    )
