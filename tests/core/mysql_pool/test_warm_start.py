"""Connections that a worker opens before its first request."""

from django.db import connections

from core.mysql_pool.connector import Connector
from core.mysql_pool.maintenance import tidy
from core.mysql_pool.warm_start import warm_up
from tests.core.mysql_pool.pool_state import CONNECTION_ID, idle


def test_warm_up_opens_min_cached_connections(engine):
    alias = engine(MAX_CONNECTIONS=5, MIN_CACHED=3)
    alias.borrower().warm_up()
    ready = {connection.thread_id() for connection in idle(alias)}
    assert len(ready) == 3
    assert alias.ask(CONNECTION_ID) in ready


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


def test_second_warm_up_opens_no_more(engine):
    alias = engine(MAX_CONNECTIONS=5, MIN_CACHED=3)
    alias.borrower().warm_up()
    alias.borrower().warm_up()
    assert len(idle(alias)) == 3


def test_server_that_is_away_costs_one_line_of_log(engine, caplog, monkeypatch):
    alias = engine()
    alias.settings["OPTIONS"] |= {"unix_socket": "/nowhere/mariadb.sock"}
    monkeypatch.setattr(connections, "all", lambda: [alias.borrower()])
    warm_up()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert alias.alias in caplog.text
