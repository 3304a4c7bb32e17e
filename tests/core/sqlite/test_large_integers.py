"""Whole numbers outside 64 bits in a query, which SQLite's driver refuses: as on MariaDB."""

import pytest
from django.db import DataError, connection, models
from django.db.models.expressions import RawSQL

from accounts.models import User
from core import sql
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HUGE = int("9" * 400)
LARGE = [2**63, 2**70, HUGE]
LEAST, MOST = -(2**63), 2**63 - 1
ON_SQLITE = connection.vendor == "sqlite"


@pytest.mark.parametrize("number", [*LARGE, -(2**63) - 1, -HUGE])
def test_list_with_a_number_outside_64_bits_finds_the_others(number):
    alice = make_user()
    assert list(User.objects.filter(pk__in=[number, alice.pk])) == [alice]


def test_admin_list_filtered_by_a_number_of_400_digits_is_empty(dana_client):
    answer = dana_client.get("/admin/accounts/user/", {"id__in": HUGE})
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == 0


@pytest.mark.parametrize(
    "condition",
    [
        "n > %s",
        "n >= %s",
        "n <> %s",
        "%s < n",
        "n BETWEEN %s AND 9",
        "NOT n <= %s",
        "NOT n IN (%s)",
    ],
)
def test_each_number_of_64_bits_is_on_the_right_side(condition):
    """-2**63 - 1 as a float would be -2**63."""
    numbers = f"SELECT n FROM (SELECT {LEAST} AS n UNION SELECT 5) AS numbers WHERE {condition}"
    for number in (LEAST - 1, -(2**70), -(10**60)):
        found = sql.fetch_all(f"{numbers} ORDER BY n", [number])
        assert [row["n"] for row in found] == [LEAST, 5]


def test_number_above_64_bits_is_above_all_of_them():
    numbers = f"SELECT n FROM (SELECT {MOST} AS n UNION SELECT 5) AS numbers"
    for number in (2**63, 2**70):
        assert sql.fetch_all(f"{numbers} WHERE n >= %s", [number]) == []
        assert len(sql.fetch_all(f"{numbers} WHERE n < %(most)s", {"most": number})) == 2


@pytest.mark.skipif(not ON_SQLITE, reason="MariaDB has a type for it")
@pytest.mark.parametrize("select", ["SELECT %s AS n", "SELECT 1 + %s AS n", "SELECT 1, %s AS n"])
def test_number_outside_64_bits_is_never_selected_as_another_one(select):
    with pytest.raises(DataError, match="outside 64 bits"):
        sql.fetch_one(select, [2**70])


def test_number_outside_64_bits_is_never_written():
    alice = make_user()
    with pytest.raises(DataError):
        User.objects.filter(pk=alice.pk).update(
            id=RawSQL("%s", [2**63], output_field=models.BigIntegerField())
        )
