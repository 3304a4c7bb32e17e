"""What the pool counts: waits, timeouts, connects, and why each connection was closed."""

from typing import Any

import pytest
from django.db import OperationalError

from core.monitoring.pool_numbers import POOL, summary
from core.mysql_pool.maintenance import tidy
from core.mysql_pool.pool import PoolTimeout
from core.shared_memory.counter_files import readings, totals
from tests.core.mysql_pool.conftest import Engine, in_threads
from tests.core.mysql_pool.test_processes import script  # noqa: F401  (a fixture)


def counted(engine: Engine) -> dict[str, Any]:
    tidy(engine.pool)  # the housekeeper does so every second
    return summary(totals(readings(POOL))[engine.alias])


def test_check_outs_and_connects_are_counted(engine):
    own = engine(MAX_CONNECTIONS=3, MIN_CACHED=1)
    for _ in range(5):
        own.ask("SELECT 1")
    found = counted(own)
    assert (found["cap"], found["open"], found["idle"], found["in_use"]) == (3, 1, 1, 0)
    assert (found["borrowed"], found["connects"], found["waits"]) == (5, 1, 0)
    assert (found["retired"], found["wait_p99"]) == ({}, None)


def test_waits_are_counted_with_their_time(engine):
    own = engine(MAX_CONNECTIONS=1)
    in_threads(3, lambda _: own.ask("SELECT SLEEP(0.06)"))
    found = counted(own)
    assert (found["borrowed"], found["waits"], found["timeouts"]) == (3, 2, 0)
    assert found["wait_p50"] >= 0.05


def test_timeouts_are_counted(engine):
    own = engine(MAX_CONNECTIONS=1)
    holder = own.borrower()
    own.ask("SELECT 1", holder)
    own.pool.timeout = 0.05
    with pytest.raises(PoolTimeout):
        own.ask("SELECT 1")
    found = counted(own)
    assert (found["in_use"], found["waits"], found["timeouts"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"MAX_USAGE": 1}, "usage"), ({"RECYCLE": 0.0001}, "age")],
)
def test_closed_connection_is_counted_by_reason(engine, options, reason):
    own = engine(MAX_CONNECTIONS=1, MIN_CACHED=0, **options)
    own.ask("SELECT 1")
    own.ask("SELECT 1")
    assert counted(own)["retired"][reason] >= 1


def test_killed_connection_is_counted_as_lost(engine, server):
    own = engine(MAX_CONNECTIONS=1, MIN_CACHED=0)
    number = own.ask("SELECT CONNECTION_ID()")
    server(f"KILL {number}")
    assert counted(own)["retired"] == {"lost": 1}


def test_surplus_and_disposed_connections_are_counted(engine):
    own = engine(MAX_CONNECTIONS=2, MIN_CACHED=0, MAX_CACHED=1)
    in_threads(2, lambda _: own.ask("SELECT SLEEP(0.1)"))
    assert counted(own)["retired"] == {"surplus": 1}
    pool = own.pool
    pool.dispose()
    assert summary(totals(readings(POOL))[own.alias])["retired"]["closed"] == 1


def test_refused_connect_is_counted(engine):
    own = engine(MAX_CONNECTIONS=1, MIN_CACHED=0)
    own.settings["PASSWORD"], own.settings["USER"] = "wrong", "unknown_user"
    with pytest.raises(OperationalError):
        own.ask("SELECT 1")
    assert counted(own)["connects_failed"] == 1


def test_counts_of_a_short_process_are_kept(script, tmp_path):  # noqa: F811
    code = 'for _ in range(3):\n    ask("SELECT 1")\n    connection.close()\nask("SELECT 1")'
    assert script("core.mysql_pool", code, RUN_DIR=str(tmp_path)) == ""
    code = "from core.shared_memory.counter_files import readings, totals\n"
    code += "from core.monitoring.pool_numbers import POOL\n"
    code += "print(totals(readings(POOL))"
    code += '["default"]["borrowed"])'
    assert script("core.mysql_pool", code, RUN_DIR=str(tmp_path)) == "4"
