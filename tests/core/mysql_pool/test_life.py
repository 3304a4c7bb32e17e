"""A connection from its opening to its end: checked, replaced, retired, kept ready."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError, connections

from core.mysql_pool.connector import Connector
from core.mysql_pool.driver import ALWAYS_TAKEN, Connection
from core.mysql_pool.maintenance import tidy
from core.mysql_pool.warm_start import warm_up
from deploy.private_servers import mariadb, short_folder

ME = "SELECT CONNECTION_ID()"


def idle(alias):
    return [record.dbapi_connection for record in alias.pool._idle]


def fill(alias, number: int) -> list[int]:
    """The ids of so many connections, borrowed at once and given back in this order."""
    borrowers = [alias.borrower() for _ in range(number)]
    ids = [alias.ask(ME, borrower) for borrower in borrowers]
    for borrower in borrowers:
        borrower.close()
    return ids


def age(alias, seconds: float) -> None:
    """Let the idle connections have been idle for so long."""
    for connection in idle(alias):
        connection.idle_since -= seconds


def gone(server, id: int) -> bool:
    """Has the server closed this connection? It may take it a moment."""
    while server(f"SELECT 1 FROM information_schema.processlist WHERE id = {id}"):
        time.sleep(0.01)
    return True


def test_a_connection_is_used_again(engine):
    alias = engine()
    assert alias.ask(ME) == alias.ask(ME)


def test_a_connection_is_retired_after_max_usage(engine):
    alias = engine(MAX_USAGE=2)
    ids = [alias.ask(ME) for _ in range(4)]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_a_connection_is_retired_by_age(engine):
    alias = engine()
    first = alias.ask(ME)
    idle(alias)[0].expires_at = time.monotonic()
    assert alias.ask(ME) != first


def test_connections_opened_together_do_not_expire_together(engine):
    random.seed(4)
    alias = engine(RECYCLE=1000)
    fill(alias, 3)
    ends = {connection.expires_at - time.monotonic() for connection in idle(alias)}
    assert len({round(end) for end in ends}) == 3
    assert all(800 < end <= 1000 for end in ends)


@pytest.mark.parametrize("ping", ["idle", "checkout"])
def test_a_connection_killed_while_idle_is_replaced_before_it_is_lent(engine, server, ping):
    alias = engine(PING=ping)
    first = alias.ask(ME)
    age(alias, 1)
    server(f"KILL {first}")
    assert alias.ask(ME) != first


def test_a_connection_killed_a_moment_after_its_last_use_is_replaced_too(engine, server):
    """Within the half second without pings."""
    alias = engine(MAX_CONNECTIONS=1)
    for _ in range(5):
        id = alias.ask(ME)
        server(f"KILL {id}")
        assert gone(server, id)
        for each in idle(alias):  # none, where the housekeeper was faster
            each.idle_since = time.monotonic() - 0.05
        assert alias.ask(ME) != id


def test_a_connection_killed_while_a_borrower_did_other_work_is_replaced(engine, server):
    """The time since the server's last answer counts, not since the connection came back."""
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    id = alias.ask(ME, borrower)
    borrower.connection.dbapi_connection.idle_since -= 0.05  # the other work
    server(f"KILL {id}")
    assert gone(server, id)
    borrower.close()
    assert alias.ask(ME) != id


def test_the_stock_package_spends_a_ping_on_it_or_lends_a_dead_one(stock, server):
    alias = stock(POOL_SIZE=1, MAX_OVERFLOW=0, PRE_PING=False)
    id = alias.ask(ME)
    server(f"KILL {id}")
    assert gone(server, id)
    with pytest.raises(OperationalError):
        alias.ask(ME)


def test_all_idle_connections_killed_are_replaced_one_by_one(engine, server):
    alias = engine(MAX_CONNECTIONS=4)
    killed = fill(alias, 4)
    age(alias, 1)
    for id in killed:
        server(f"KILL {id}")
    assert not set(fill(alias, 4)) & set(killed)


def test_never_means_never(engine, server):
    alias = engine(PING="never")
    first = alias.ask(ME)
    age(alias, 3600)
    server(f"KILL {first}")
    with pytest.raises(OperationalError):
        alias.ask(ME)


@pytest.mark.parametrize("ping", ["idle", "never"])
def test_an_error_has_its_connection_checked_at_once(engine, server, ping):
    """Killed while in use: one borrower hears of it, the next one does not."""
    alias = engine(MAX_CONNECTIONS=1, PING=ping)
    borrower = alias.borrower()
    first = alias.ask(ME, borrower)
    server(f"KILL {first}")
    with pytest.raises(OperationalError):
        alias.ask(ME, borrower)
    borrower.close()
    assert alias.ask(ME) != first


@pytest.fixture
def freeze(server):
    """Stops the server's process, as a machine that hangs would; the end lets it go on."""
    pid = int(Path(server("SELECT @@pid_file")[0][0]).read_text())
    yield lambda: os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


def asked_of_frozen(alias, freeze) -> bool:
    """Did a borrower of an old idle connection hear of the frozen server in bounded time?"""
    alias.settings["OPTIONS"] |= {"connect_timeout": 1, "read_timeout": 600}
    alias.ask(ME)
    errors = []

    def ask():
        try:
            alias.ask(ME)
        except DatabaseError as error:
            errors.append(error)

    freeze()
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(20)
    return len(errors) == 1


def test_a_frozen_server_is_noticed_long_before_read_timeout(engine, freeze):
    assert asked_of_frozen(engine(PING="checkout"), freeze)


def test_a_server_that_stops_is_an_error_at_once_and_its_return_is_noticed(engine):
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


def test_warm_opens_min_cached_connections(engine):
    alias = engine(MAX_CONNECTIONS=5, MIN_CACHED=3)
    alias.borrower().warm_up()
    ready = {connection.thread_id() for connection in idle(alias)}
    assert len(ready) == 3
    assert alias.ask(ME) in ready


def test_housekeeper_takes_no_slot_from_a_warm_start(engine, monkeypatch):
    alias = engine(MAX_CONNECTIONS=5, MIN_CACHED=3)
    slots_after_rounds, connect = [], Connector.open

    def open_during_a_round(connector, deadline):
        if connector is alias.pool.connector:
            tidy(alias.pool)
            slots_after_rounds.append(len(alias.pool._slots))
        return connect(connector, deadline)

    monkeypatch.setattr(Connector, "open", open_during_a_round)
    alias.borrower().warm_up()
    assert slots_after_rounds == [1, 2, 3]


def test_warm_again_opens_no_more(engine):
    alias = engine(MAX_CONNECTIONS=5, MIN_CACHED=3)
    alias.borrower().warm_up()
    alias.borrower().warm_up()
    assert len(idle(alias)) == 3


def test_a_server_that_is_away_costs_one_line_of_log(engine, caplog, monkeypatch):
    alias = engine()
    alias.settings["OPTIONS"] |= {"unix_socket": "/nowhere/mariadb.sock"}
    monkeypatch.setattr(connections, "all", lambda: [alias.borrower()])
    warm_up()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert alias.alias in caplog.text


def test_settings_that_change_are_another_pools_and_the_former_is_drained(engine, server):
    alias = engine()
    holder = alias.borrower()
    lent = alias.ask(ME, holder)
    rest = alias.ask(ME)
    alias.settings["NAME"] = "mysql"
    assert alias.ask("SELECT DATABASE()") == "mysql"
    assert gone(server, rest)
    assert alias.ask("SELECT 7", holder) == 7
    holder.close()
    assert gone(server, lent)


def rotated(alias, server) -> list[int]:
    """Two queries at once: on the connection opened before the password changed, and a new one."""
    server("CREATE USER IF NOT EXISTS rotating IDENTIFIED BY 'one'")
    server("ALTER USER rotating IDENTIFIED BY 'one'")
    server("GRANT ALL ON *.* TO rotating")
    alias.settings |= {"USER": "rotating", "PASSWORD": "one"}
    alias.ask(ME)
    server("ALTER USER rotating IDENTIFIED BY 'two'")
    alias.settings["PASSWORD"] = "two"
    return fill(alias, 2)


def test_a_changed_password_is_used_for_the_next_connection(engine, server):
    assert len(rotated(engine(), server)) == 2


def test_the_stock_package_keeps_the_first_password_for_ever(stock, server):
    with pytest.raises(Exception, match="1045"):
        rotated(stock(), server)


def test_a_connection_that_was_asked_in_vain_how_long_a_statement_may_be_is_not_lent_again(
    engine, monkeypatch
):
    """Its late answer would be taken for that of the next borrower's statement."""
    alias = engine(MAX_CONNECTIONS=1)
    first, borrower = alias.ask(ME), alias.borrower()
    assert alias.ask(ME, borrower) == first
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "_readable", lambda connection, limit: False)
        with pytest.raises(OperationalError, match="did not answer"):
            alias.ask(f"SELECT '{'x' * ALWAYS_TAKEN}'", borrower)
    borrower.close()
    assert alias.ask(ME) not in (first, None)
    assert alias.ask("SELECT 7") == 7
