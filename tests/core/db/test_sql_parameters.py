"""What may stand in `args`, and that it never becomes SQL: alike on every database."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import pytest
from django.db import DataError, OperationalError, ProgrammingError
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article
from core.sql import execute, fetch_all, fetch_one, stream
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
own_database = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
THREE = "WITH t AS (SELECT 1 AS a UNION SELECT 2 UNION SELECT NULL) SELECT a FROM t WHERE a "


class Word(str, Enum):  # noqa: UP042  (its str() is not its text)
    INK = "ink"


class Number(IntEnum):
    SEVEN = 7


def answer(value):
    return fetch_one("SELECT %s AS v", [value])["v"]


@own_database
@given(texts)
def test_any_text_comes_back_as_it_was(text):
    assert answer(text) == text


@own_database
@given(st.binary())
def test_any_bytes_come_back_as_they_were(data):
    assert answer(data) == data


@own_database
@given(st.lists(texts | st.integers(-(2**63), 2**63 - 1) | st.none() | st.booleans(), min_size=1))
def test_values_keep_their_order_and_their_number(values):
    columns = ", ".join(f"%s AS c{number}" for number in range(len(values)))
    assert list(fetch_one(f"SELECT {columns}", values).values()) == values


@own_database
@given(st.dictionaries(st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z"), texts, min_size=1))
def test_named_values_fill_their_placeholders(values):
    columns = ", ".join(f"%({name})s AS c{i}" for i, name in enumerate(reversed(values)))
    row = fetch_one(f"SELECT {columns}", values)
    assert list(row.values()) == list(reversed(values.values()))


@own_database
@given(st.lists(st.integers(0, 20)), st.lists(st.integers(0, 20), min_size=1))
def test_list_fills_in(wanted, numbers):
    table = " UNION ".join(["SELECT %s AS a"] * len(numbers))
    for word, keeps in (("IN", wanted.__contains__), ("NOT IN", lambda n: n not in wanted)):
        sql = f"WITH t AS ({table}) SELECT a FROM t WHERE a {word} %s"
        rows = fetch_all(sql, [*numbers, wanted])
        assert sorted(row["a"] for row in rows) == sorted(set(filter(keeps, numbers)))


def test_empty_list_matches_no_row_and_not_in_matches_all():
    assert fetch_all(THREE + "IN %s", [[]]) == []
    assert len(fetch_all(THREE + "NOT IN %s", [()])) == 3


def test_list_is_also_a_row():
    assert fetch_one("SELECT (%s, %s) = %s AS v", [1, "a", (1, "a")]) == {"v": 1}


@pytest.mark.parametrize(
    ("value", "comes_back"),
    [
        (None, None),
        (True, 1),
        (1.5, 1.5),
        (Word.INK, "ink"),
        (Number.SEVEN, 7),
        (mark_safe("<b>"), "<b>"),
        (gettext_lazy("Sign in"), "Sign in"),
        (bytearray(b"\xff'"), b"\xff'"),
        (memoryview(b"\0%s"), b"\0%s"),
        (timedelta(hours=2), 7_200_000_000),  # as a DurationField stores it
    ],
)
def test_value_of_another_type(value, comes_back):
    assert answer(value) == comes_back


def test_decimals_and_days_are_what_a_column_compares_them_with():
    sql = "SELECT CAST(%s AS DECIMAL(9, 2)) = %s AS v"
    assert fetch_one(sql, [Decimal("1.50"), Decimal("1.5")])["v"] == 1
    assert str(answer(date(2026, 5, 1))) == "2026-05-01"
    assert str(answer(time(1, 2, 3))).startswith("01:02:03")
    uuid = UUID(int=7)
    assert str(answer(uuid)).replace("-", "") == uuid.hex


@pytest.mark.parametrize("offset", [-11, 0, 8])
def test_aware_time_is_the_same_instant_in_any_zone(offset):
    article = make_article(make_user(), publish_at=datetime(2026, 5, 1, 12, 0, 0, 1, UTC))
    elsewhere = article.publish_at.astimezone(timezone(timedelta(hours=offset)))
    sql = "SELECT id FROM articles_article WHERE publish_at = %s AND status = %s"
    assert fetch_one(sql, [elsewhere, Article.Status.PUBLISHED]) == {"id": article.pk}


@pytest.mark.parametrize(
    ("sql", "args"),
    [
        ("SELECT %s, %s", [1]),
        ("SELECT %s", [1, 2]),
        ("SELECT 1", [1]),
        ("SELECT %(a)s", {"b": 1}),
        ("SELECT %(a)s", [1]),
        ("SELECT %s", {"a": 1}),
        ("SELECT 'a%', %s", [1]),
        ("SELECT %d", [1]),
        ("SELECT %s", [object()]),
        ("SELECT %s", [{"a": 1}]),
        ("SELECT %s", [[object()]]),
        ("SELECT 1 AS a, 2 AS a", []),
    ],
)
@pytest.mark.parametrize("call", [fetch_one, fetch_all, execute, lambda *a: list(stream(*a))])
def test_wrong_parameters_are_a_programming_error(call, sql, args):
    if call is execute and "AS a" in sql:
        pytest.skip("execute() gives no rows")
    with pytest.raises(ProgrammingError):
        call(sql, args)


def test_placeholder_without_parameters_is_the_servers_error():
    with pytest.raises((ProgrammingError, OperationalError)):
        fetch_one("SELECT %s")


@pytest.mark.parametrize(
    "value",
    ["\ud800", time(1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))],
)
def test_value_out_of_range_is_a_data_error(value):
    with pytest.raises(DataError):
        answer(value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("kind", [float, Decimal])
def test_nan_and_infinity_are_a_data_error(value, kind):
    with pytest.raises(DataError, match="no number"):
        answer(kind(value))


class Colour(Enum):
    RED = "red"
    RAW = b"\xff"


def test_enum_is_its_value():
    assert answer(Colour.RED) == "red"
    assert answer(Colour.RAW) == b"\xff"


@pytest.mark.parametrize("args", ["abc", b"abc", 7, 0, False, set(), {1, 2}, iter([1])])
def test_args_that_are_no_sequence_are_refused_without_their_value(args):
    with pytest.raises(TypeError, match=r"write \[value\]"):
        fetch_one("SELECT %s", args)


@pytest.mark.parametrize("none", [(), [], {}, None])
def test_percent_sign_stands_for_itself_without_parameters(none):
    assert fetch_one("SELECT '100%' AS v, '%s' AS w", none) == {"v": "100%", "w": "%s"}


def test_percent_sign_is_doubled_with_parameters():
    assert fetch_one("SELECT '100%%' AS v, %s AS w", ["%%"]) == {"v": "100%", "w": "%%"}
