"""A connection from its opening to its end: checked, replaced, retired."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError

from core.mysql_pool.driver import ALWAYS_TAKEN, Connection
from deploy.private_servers import mariadb, short_folder
from tests.core.mysql_pool.pool_state import CONNECTION_ID, age, closed, fill, idle


def test_connection_is_used_again(engine):
    alias = engine()
    assert alias.ask(CONNECTION_ID) == alias.ask(CONNECTION_ID)


def test_connection_is_retired_after_max_usage(engine):
    alias = engine(MAX_USAGE=2)
    ids = [alias.ask(CONNECTION_ID) for _ in range(4)]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_connection_is_retired_by_age(engine):
    alias = engine()
    first = alias.ask(CONNECTION_ID)
    idle(alias)[0].expires_at = time.monotonic()
    assert alias.ask(CONNECTION_ID) != first


def test_connections_opened_together_do_not_expire_together(engine):
    random.seed(4)
    alias = engine(RECYCLE=1000)
    fill(alias, 3)
    ends = {connection.expires_at - time.monotonic() for connection in idle(alias)}
    assert len({round(end) for end in ends}) == 3
    assert all(800 < end <= 1000 for end in ends)


@pytest.mark.parametrize("ping", ["idle", "checkout"])
def test_connection_killed_while_idle_is_replaced_before_it_is_lent(engine, server, ping):
    alias = engine(PING=ping)
    first = alias.ask(CONNECTION_ID)
    age(alias, 1)
    server(f"KILL {first}")
    assert alias.ask(CONNECTION_ID) != first


def test_connection_killed_a_moment_after_its_last_use_is_replaced_too(engine, server):
    """Within the half second without pings."""
    alias = engine(MAX_CONNECTIONS=1)
    for _ in range(5):
        id = alias.ask(CONNECTION_ID)
        server(f"KILL {id}")
        assert closed(server, id)
        for each in idle(alias):  # none, where the housekeeper was faster
            each.idle_since = time.monotonic() - 0.05
        assert alias.ask(CONNECTION_ID) != id


def test_connection_killed_while_a_borrower_did_other_work_is_replaced(engine, server):
    """The time since the server's last answer counts, not since the connection came back."""
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    id = alias.ask(CONNECTION_ID, borrower)
    borrower.connection.dbapi_connection.idle_since -= 0.05  # the other work
    server(f"KILL {id}")
    assert closed(server, id)
    borrower.close()
    assert alias.ask(CONNECTION_ID) != id


def test_stock_package_without_pre_ping_lends_a_dead_connection(stock, server):
    alias = stock(POOL_SIZE=1, MAX_OVERFLOW=0, PRE_PING=False)
    id = alias.ask(CONNECTION_ID)
    server(f"KILL {id}")
    assert closed(server, id)
    with pytest.raises(OperationalError):
        alias.ask(CONNECTION_ID)


def test_all_idle_connections_killed_are_replaced_one_by_one(engine, server):
    alias = engine(MAX_CONNECTIONS=4)
    killed = fill(alias, 4)
    age(alias, 1)
    for id in killed:
        server(f"KILL {id}")
    assert not set(fill(alias, 4)) & set(killed)


def test_ping_never_does_not_check_an_idle_connection(engine, server):
    alias = engine(PING="never")
    first = alias.ask(CONNECTION_ID)
    age(alias, 3600)
    server(f"KILL {first}")
    with pytest.raises(OperationalError):
        alias.ask(CONNECTION_ID)


@pytest.mark.parametrize("ping", ["idle", "never"])
def test_connection_is_checked_after_an_error(engine, server, ping):
    """Killed while in use: one borrower hears of it, the next one does not."""
    alias = engine(MAX_CONNECTIONS=1, PING=ping)
    borrower = alias.borrower()
    first = alias.ask(CONNECTION_ID, borrower)
    server(f"KILL {first}")
    with pytest.raises(OperationalError):
        alias.ask(CONNECTION_ID, borrower)
    borrower.close()
    assert alias.ask(CONNECTION_ID) != first


@pytest.fixture
def freeze(server):
    """Stops the server's process, as a machine that hangs would; the end lets it go on."""
    pid = int(Path(server("SELECT @@pid_file")[0][0]).read_text())
    yield lambda: os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


def asked_of_frozen(alias, freeze) -> bool:
    """Did a borrower of an old idle connection hear of the frozen server in bounded time?"""
    alias.settings["OPTIONS"] |= {"connect_timeout": 1, "read_timeout": 600}
    alias.ask(CONNECTION_ID)
    errors = []

    def ask():
        try:
            alias.ask(CONNECTION_ID)
        except DatabaseError as error:
            errors.append(error)

    freeze()
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(20)
    return len(errors) == 1


def test_frozen_server_is_noticed_long_before_read_timeout(engine, freeze):
    assert asked_of_frozen(engine(PING="checkout"), freeze)


def test_server_that_stops_is_an_error_at_once_and_its_return_is_noticed(engine):
    alias = engine(MAX_CONNECTIONS=2)
    alias.settings["NAME"] = "mysql"
    with short_folder() as folder:
        alias.settings["OPTIONS"]["unix_socket"] = str(folder / "own.sock")
        with mariadb(folder / "own.sock"):
            alias.ask("SELECT 1")
        with pytest.raises(DatabaseError):
            alias.ask("SELECT 1")
        with mariadb(folder / "own.sock"):
            assert alias.ask("SELECT 7") == 7


def test_connection_that_did_not_answer_for_its_packet_limit_is_closed(engine, monkeypatch):
    """Its late answer would be taken for that of the next borrower's statement."""
    alias = engine(MAX_CONNECTIONS=1)
    first, borrower = alias.ask(CONNECTION_ID), alias.borrower()
    assert alias.ask(CONNECTION_ID, borrower) == first
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "_readable", lambda connection, limit: False)
        with pytest.raises(OperationalError, match="did not answer"):
            alias.ask(f"SELECT '{'x' * ALWAYS_TAKEN}'", borrower)
    borrower.close()
    assert alias.ask(CONNECTION_ID) not in (first, None)
    assert alias.ask("SELECT 7") == 7
