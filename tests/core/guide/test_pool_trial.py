"""The trial of the pool in the live tour."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from core.sql import fetch_one
from tests.core.guide.test_tour import tried

pytestmark = pytest.mark.django_db


def test_pool_load_is_shown_while_queries_run(dana_client: Client):
    rows = tried(dana_client, "pool")
    if connection.vendor != "mysql":
        assert rows == {"pool": "none: this is not MySQL; “make stack” has one"}
        return
    states = list(rows.values())[:-1]
    assert any("6 of 6 in use" in state for state in states)
    assert any(re.search("[34] waiting", state) for state in states)
    assert all(state.startswith('<meter max="6" value="') for state in states)
    assert rows["timed out"] == "0"


@pytest.mark.django_db(transaction=True)
def test_readers_are_served_meanwhile_and_closing_the_page_leaves_nothing():
    if connection.vendor != "mysql":
        pytest.skip("SQLite has no pool")
    from core.guide.pool_trial import slow_queries

    rows = slow_queries()
    assert "4 waiting" in next(rows)[1]
    with ThreadPoolExecutor(1) as other:
        reader = other.submit(fetch_one, "SELECT 1 AS one")
        served = next(state for _time, state in rows if reader.done())
        assert reader.result() == {"one": 1}
        assert "> 0 of" not in served  # the last four still run
    rows.close()
    again = slow_queries()
    assert next(again)[1].startswith("<meter")
    assert next(slow_queries())[1] == "another reader is trying it at the moment"
    again.close()


@pytest.mark.parametrize("cap", [*range(1, 13), 100])
def test_readers_wait_at_most_a_second(cap: int):
    from core.guide.pool_trial import QUERIES, pause_for

    wait = QUERIES // cap * pause_for(cap)
    assert wait <= 1
    assert pause_for(cap) >= 0.1
