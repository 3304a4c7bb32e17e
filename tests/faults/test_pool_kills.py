"""A connection killed in use after its borrower made it dirty: it may not be reset.

mysqlclient's change_user() on a connection whose loss it has noticed writes into freed memory
(valgrind says so of MariaDB Connector/C 3.3), which ends the whole worker, sooner or later.
"""

import pytest
from django.db import OperationalError

from core.mysql_pool.driver import Connection
from tests.core.mysql_pool.conftest import database, engine, server  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


def test_a_connection_known_to_be_lost_is_not_reset(engine, server, monkeypatch):  # noqa: F811
    resets = []
    monkeypatch.setattr(Connection, "change_user", lambda *args: resets.append(args))
    alias = engine(MAX_CONNECTIONS=1)
    borrower = alias.borrower()
    first = int(alias.ask("SELECT CONNECTION_ID() + (@x := 0)", borrower))
    server(f"KILL {first}")
    with pytest.raises(OperationalError):
        alias.ask("SELECT 1", borrower)
    borrower.close()
    assert resets == []
    assert alias.ask("SELECT CONNECTION_ID()") != first
