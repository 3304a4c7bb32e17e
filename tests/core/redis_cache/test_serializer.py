from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.safestring import SafeString, mark_safe
from hypothesis import given
from hypothesis import strategies as st

from core.redis_cache.serializer import Damaged, pack, unpack

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.datetimes(timezones=st.just(UTC)) | st.datetimes() | st.dates() | st.times()
    | st.timedeltas() | st.decimals(allow_nan=False) | st.uuids()
)  # fmt: skip
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(hashable)
    ),
    max_leaves=20,
)


@given(values)
def test_unpacked_value_equals_the_packed_one(value: object) -> None:
    back = unpack(pack(value))
    assert back == value
    assert repr(back) == repr(value) or isinstance(value, set | dict | list | tuple)


@pytest.mark.parametrize(
    "value",
    [
        (1, "a", None),
        [(1,), (2,)],
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        date(2026, 1, 2),
        time(3, 4),
        time(3, 4, fold=1),
        datetime(2026, 1, 2, fold=1),
        timedelta(days=1, microseconds=2),
        Decimal("1.10"),
        UUID(int=5),
        2**80,
        -(2**63),
        True,
        mark_safe("<b>"),
    ],
    ids=repr,
)
def test_unpacked_value_keeps_its_type(value: object) -> None:
    back = unpack(pack(value))
    assert (type(back), back) == (type(value), value)


def test_only_safe_text_is_unpacked_as_safe_text() -> None:
    assert isinstance(unpack(pack([mark_safe("<b>")]))[0], SafeString)
    assert type(unpack(pack("<b>"))) is str


@pytest.mark.parametrize("value", [object(), {"a": [object()]}, Exception("x"), 1j])
def test_unknown_type_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be cached"):
        pack(value)


@given(st.binary(max_size=60))
def test_foreign_bytes_raise_damaged_or_are_a_plain_value(raw: bytes) -> None:
    with suppress(Damaged):
        unpack(raw)
