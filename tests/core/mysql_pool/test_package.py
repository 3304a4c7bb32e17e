"""What the engine takes from django-db-connection-pool and SQLAlchemy, as docs/pool.md lists it."""

import pytest
from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as PackageDatabaseWrapper
from dj_db_conn_pool.core import pool_container
from sqlalchemy import event

from core.mysql_pool.base import DatabaseWrapper
from tests.core.mysql_pool.pool_state import CONNECTION_ID


def test_engine_is_based_on_the_package():
    assert issubclass(DatabaseWrapper, PackageDatabaseWrapper)


def test_pools_are_in_the_packages_container(engine):
    alias = engine()
    alias.ask(CONNECTION_ID)
    assert pool_container.get(alias.alias) is alias.pool


def test_disposing_the_container_closes_idle_connections(engine):
    alias = engine()
    first, pool = alias.ask(CONNECTION_ID), alias.pool
    pool_container.dispose()
    assert pool.load() == (0, 0, 0)
    assert alias.ask(CONNECTION_ID) != first


def test_pool_is_closed_before_a_test_database_is_dropped(engine, server):
    """By the package's DatabaseCreationMixin: Django's own class knows of no pool."""
    alias = engine()
    alias.ask(CONNECTION_ID)
    pool = alias.pool
    server("CREATE DATABASE to_be_dropped")
    alias.borrower().creation._destroy_test_db("to_be_dropped", verbosity=0)
    assert pool.retired
    assert not server("SHOW DATABASES LIKE 'to_be_dropped'")


@pytest.mark.parametrize("name", ["connect", "close"])
def test_sqlalchemys_pool_events_are_sent(engine, name):
    alias, seen = engine(), []
    event.listen(alias.pool, name, lambda connection, slot: seen.append(connection.thread_id()))
    id = alias.ask(CONNECTION_ID)
    alias.pool.dispose()
    assert seen == [id]
