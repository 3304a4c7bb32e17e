"""Whole numbers above 64 bits in a query, which SQLite's driver refuses."""

import pytest
from django.db import connection

from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HUGE = int("9" * 400)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, HUGE, -HUGE])
def test_list_with_a_number_above_64_bits_finds_the_others(number):
    alice = make_user()
    assert list(User.objects.filter(pk__in=[number, alice.pk])) == [alice]


def test_admin_list_filtered_by_a_number_of_400_digits_is_empty(dana_client):
    answer = dana_client.get("/admin/accounts/user/", {"id__in": HUGE})
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="MySQL refuses it by itself")
def test_number_above_64_bits_is_never_written():
    alice = make_user()
    with pytest.raises(OverflowError):
        User.objects.filter(pk=alice.pk).update(id=2**63)
