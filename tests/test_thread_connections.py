"""The tests' own threads leave no SQLite connection for the collector to find."""

import sqlite3
import threading

import pytest
from django.db import connection


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pool closes MariaDB's connections")
def test_connection_of_a_thread_is_closed_when_the_thread_ends():
    opened: list[sqlite3.Connection] = []

    def ask() -> None:
        connection.ensure_connection()
        opened.append(connection.connection)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        opened[0].execute("SELECT 1")
