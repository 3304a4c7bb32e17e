"""The pool's own work, which needs no borrower."""

import logging
import threading
import time

import pytest

from core.mysql_pool import housekeeper, registry
from core.mysql_pool.maintenance import tidy, warm_up
from tests.core.mysql_pool.pool_state import CONNECTION_ID, age, closed, fill, idle, wait_until
from tests.core.mysql_pool.test_processes import OURS, script  # noqa: F401  (a fixture)


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(housekeeper, "PAUSE", 0.02)


def test_long_idle_connections_are_closed_down_to_min_cached(engine, server):
    alias = engine(MAX_CONNECTIONS=4, MIN_CACHED=2)
    ids = fill(alias, 4)
    age(alias, 3600)
    wait_until(lambda: len(idle(alias)) == 2)
    assert closed(server, ids[0])
    assert [connection.thread_id() for connection in idle(alias)] == ids[2:]


def test_expired_connection_is_closed_without_a_borrower(engine, server):
    alias = engine(MIN_CACHED=0)
    first = alias.ask(CONNECTION_ID)
    idle(alias)[0].expires_at = time.monotonic()
    assert closed(server, first)


def test_kept_connection_that_dies_is_opened_again(engine, server):
    alias = engine(MAX_CONNECTIONS=4, MIN_CACHED=2)
    alias.borrower().warm_up()
    killed = idle(alias)[0].thread_id()
    server(f"KILL {killed}")
    wait_until(lambda: killed not in {each.thread_id() for each in idle(alias)})
    wait_until(lambda: len(idle(alias)) == 2)


@pytest.mark.parametrize("killed", [0, 1])
def test_connections_killed_during_a_round_are_replaced_before_they_are_lent(
    engine, server, monkeypatch, killed
):
    """The idle one that the round met, and the one that it opened: it saw both, no borrower did."""
    alias = engine(MAX_CONNECTIONS=2, MIN_CACHED=2)
    pool = alias.pool
    registry._housekeeper.stop()  # this round is ours; the next pool starts it again
    fill(alias, 1)
    age(alias, 1)
    check_in = pool.check_in

    def kill_first(slot):
        monkeypatch.setattr(pool, "check_in", check_in)
        id = sorted(each.dbapi_connection.thread_id() for each in pool._slots)[killed]
        server(f"KILL {id}")
        assert closed(server, id)
        check_in(slot)

    monkeypatch.setattr(pool, "check_in", kill_first)
    warm_up(pool)
    assert len(fill(alias, 2)) == 2


def test_command_keeps_no_more_than_it_has_used(engine):
    alias = engine(MAX_CONNECTIONS=4, MIN_CACHED=2)
    alias.ask(CONNECTION_ID)
    tidy(alias.pool)
    assert len(idle(alias)) == 1


def test_drained_pool_opens_nothing_again(engine):
    alias = engine(MAX_CONNECTIONS=4, MIN_CACHED=2)
    alias.borrower().warm_up()
    pool = alias.pool
    pool.dispose()
    wait_until(
        lambda: "0 of 4 in use" in pool.status()
    )  # the housekeeper's own round may be under way
    tidy(pool)
    assert pool.status().endswith("0 of 4 in use, 0 idle, 0 waiting")


def keeps_it_long(alias, end):
    borrower = alias.borrower()
    borrower.ensure_connection()
    end.wait()
    borrower.close()


def test_long_lease_is_logged_once_with_its_stack(engine, caplog):
    alias, end = engine(LEAK_AFTER=0.05), threading.Event()
    thread = threading.Thread(target=keeps_it_long, args=(alias, end))
    thread.start()

    def warnings():
        return [each for each in caplog.records if each.levelno == logging.WARNING]

    wait_until(warnings)
    for _ in range(3):
        tidy(alias.pool)
    end.set()
    thread.join()
    (record,) = warnings()
    assert alias.alias in record.getMessage()
    assert "keeps_it_long" in record.getMessage()


def test_short_lease_is_not_logged(engine, caplog):
    alias = engine(LEAK_AFTER=30)
    alias.borrower().ensure_connection()
    tidy(alias.pool)
    assert not caplog.records


def test_error_in_one_round_does_not_end_the_thread(engine, monkeypatch, caplog):
    alias = engine(MAX_CONNECTIONS=4, MIN_CACHED=0)
    fill(alias, 2)
    monkeypatch.setattr(registry, "tidy", lambda pool: 1 / 0)
    wait_until(lambda: "could not be tidied" in caplog.text)
    monkeypatch.undo()
    age(alias, 3600)
    wait_until(lambda: not idle(alias))


FORKED = """
import threading, time
def keepers():
    return [each for each in threading.enumerate() if each.name == "pool-housekeeper"]
ask("SELECT 1")
assert len(keepers()) == 1
child = os.fork()
if not child:
    assert not keepers()
    ask("SELECT 1")
    os._exit(7 * (len(keepers()) == 1))
code = os.waitpid(child, 0)[1] >> 8
print(code, len(keepers()), ask("SELECT 1"))
"""


def test_parent_and_child_have_one_thread_each(script):  # noqa: F811
    assert script(OURS, FORKED) == "7 1 1"


def test_connection_that_reached_max_usage_is_closed_without_a_borrower(engine, server):
    alias = engine(MAX_USAGE=1, MIN_CACHED=0)
    used = alias.ask(CONNECTION_ID)
    assert closed(server, used)
    wait_until(lambda: alias.pool.stats.numbers.get("retired_usage") == 1)
