"""Settings that change while the process runs: another database, another password."""

import pytest

from tests.core.mysql_pool.pool_state import CONNECTION_ID, closed, fill


def test_changed_settings_get_a_new_pool_and_the_former_is_drained(engine, server):
    alias = engine()
    holder = alias.borrower()
    lent = alias.ask(CONNECTION_ID, holder)
    rest = alias.ask(CONNECTION_ID)
    alias.settings["NAME"] = "mysql"
    assert alias.ask("SELECT DATABASE()") == "mysql"
    assert closed(server, rest)
    assert alias.ask("SELECT 7", holder) == 7
    holder.close()
    assert closed(server, lent)


def rotated(alias, server) -> list[int]:
    """Two queries at once: on the connection opened before the password changed, and a new one."""
    server("CREATE USER IF NOT EXISTS rotating IDENTIFIED BY 'one'")
    server("ALTER USER rotating IDENTIFIED BY 'one'")
    server("GRANT ALL ON *.* TO rotating")
    alias.settings |= {"USER": "rotating", "PASSWORD": "one"}
    alias.ask(CONNECTION_ID)
    server("ALTER USER rotating IDENTIFIED BY 'two'")
    alias.settings["PASSWORD"] = "two"
    return fill(alias, 2)


def test_changed_password_is_used_for_the_next_connection(engine, server):
    assert len(rotated(engine(), server)) == 2


def test_stock_package_keeps_the_first_password_for_ever(stock, server):
    with pytest.raises(Exception, match="1045"):
        rotated(stock(), server)
