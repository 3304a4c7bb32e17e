"""A pool whose server becomes read-only: each connection is replaced, and writes go on after it.

The tests set @@GLOBAL.read_only, so their account may not ignore it as root may.
"""

import time

import pytest
from django.db import OperationalError

from core.mysql_pool import primary
from core.mysql_pool.maintenance import tidy
from tests.core.mysql_pool.pool_state import CONNECTION_ID, fill, idle

ACCOUNT = "reader_of_primary_tests"
WRITE = "DELETE FROM django_migrations WHERE FALSE"
INSERT = "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', NOW())"


@pytest.fixture
def alias(engine, server):
    """A pool of an account without privileges over the server."""
    server(f"CREATE USER IF NOT EXISTS {ACCOUNT}@localhost")
    server(f"GRANT ALL ON *.* TO {ACCOUNT}@localhost")
    for name in ("READ_ONLY ADMIN", "READ ONLY ADMIN", "SUPER", "CONNECTION_ADMIN"):
        try:
            server(f"REVOKE {name} ON *.* FROM {ACCOUNT}@localhost")
        except Exception:  # the other server's name of the privilege
            continue
    alias = engine(MAX_CONNECTIONS=3, MIN_CACHED=0)
    alias.settings["USER"] = ACCOUNT
    yield alias
    server("SET GLOBAL read_only = 0")
    server(f"DROP USER {ACCOUNT}@localhost")


def is_refused(alias) -> bool:
    with pytest.raises(OperationalError, match="read-only"):
        alias.ask(WRITE)
    return True


def ids(server) -> set[int]:
    where = f"user = '{ACCOUNT}'"
    return {
        row[0] for row in server(f"SELECT id FROM information_schema.processlist WHERE {where}")
    }


def test_one_refused_write_ends_the_use_of_all_open_connections(alias, server):
    before = set(fill(alias, 3))
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    assert not before & set(fill(alias, 3))


def test_connection_of_a_refused_write_is_closed_at_check_in(alias, server):
    server("SET GLOBAL read_only = 1")
    borrower = alias.borrower()
    id = alias.ask(CONNECTION_ID, borrower)
    with pytest.raises(OperationalError):
        alias.ask(WRITE, borrower)
    borrower.close()
    assert idle(alias) == []
    while id in ids(server):  # the server takes a moment
        time.sleep(0.01)
    assert alias.pool.stats.numbers.get("retired_read_only") == 1


def test_refused_commit_is_noticed_too(alias, server):
    before = set(fill(alias, 2))
    borrower = alias.borrower()
    borrower.set_autocommit(False)
    alias.ask(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', NOW())", borrower
    )
    server("SET GLOBAL read_only = 1")
    with pytest.raises(OperationalError, match="read-only"):
        borrower.commit()
    borrower.rollback()
    borrower.close()
    assert not before & set(fill(alias, 2))


def test_idle_connections_are_closed_without_a_borrower(alias, server):
    fill(alias, 3)
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    tidy(alias.pool)
    assert idle(alias) == []


def test_reads_go_on_meanwhile_on_connections_that_last_a_second(alias, server, monkeypatch):
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    first = alias.ask(CONNECTION_ID)
    assert alias.ask(CONNECTION_ID) == first
    monkeypatch.setattr(primary, "AGAIN", 0.0)
    for connection in idle(alias):
        connection.expires_at = time.monotonic()
    assert alias.ask(CONNECTION_ID) != first
    assert alias.ask(CONNECTION_ID) != alias.ask(CONNECTION_ID)


@pytest.mark.parametrize("by", ["borrower", "housekeeper"])
def test_connections_of_a_read_only_server_are_counted_as_read_only(alias, server, by):
    """So that the alert lasts as long as the server is read-only, without a write."""
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    alias.ask(CONNECTION_ID)
    retired = alias.pool.stats.numbers.get("retired_read_only")
    idle(alias)[-1].expires_at = time.monotonic()  # its second is over
    if by == "borrower":
        alias.ask(CONNECTION_ID)
    else:
        tidy(alias.pool)
    assert alias.pool.stats.numbers.get("retired_read_only") == retired + 1
    assert alias.pool.stats.numbers.get("retired_age") == 0


def test_many_refused_writes_replace_each_connection_once(alias, server):
    server("SET GLOBAL read_only = 1")
    fill(alias, 3)
    for _ in range(5):
        assert is_refused(alias)
    opened = alias.pool.stats.numbers.get("connects")
    assert opened <= 3 + 5  # one for each refused write, none of those that only read
    reader = alias.borrower()
    assert alias.ask(CONNECTION_ID, reader)
    assert is_refused(alias)
    assert alias.ask(CONNECTION_ID, reader)


def test_first_connection_to_a_writable_server_ends_it(alias, server, caplog):
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    suspect = fill(alias, 2)
    server("SET GLOBAL read_only = 0")
    idle(alias)[-1].expires_at = time.monotonic()  # the next to be lent: its second is over
    assert not set(fill(alias, 2)) & set(suspect)  # the other may lead to the former primary
    assert alias.pool.connector.primary.variable == ""
    for _ in range(3):
        alias.ask(WRITE)
    told = [each.getMessage() for each in caplog.records if each.name == primary.__name__]
    assert len(told) == 2
    assert "read_only" in told[0]
    assert "takes writes again" in told[1]


def test_late_refusal_on_an_old_connection_changes_nothing(alias, server):
    late = alias.borrower()
    assert alias.ask(CONNECTION_ID, late)
    server("SET GLOBAL read_only = 1")
    assert is_refused(alias)
    server("SET GLOBAL read_only = 0")
    new = fill(alias, 2)
    late.connection.write_refused(late.connection.dbapi_connection, "read_only")
    late.close()
    assert set(fill(alias, 2)) == set(new)
