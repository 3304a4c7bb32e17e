"""Errors as the real server raises them: an outage (503) or a mistake (500)."""

import threading

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from core.failures.database_errors import error_number, is_temporary

ON_MYSQL = settings.DATABASES["default"]["ENGINE"] == "core.mysql_pool"
REFUSED = {
    1054: "SELECT nothing FROM kept",
    1064: "SELEC 1",
    1146: "SELECT 1 FROM nothing",
    1264: "INSERT INTO kept VALUES (999999999999, 'a', NULL)",
    1292: "INSERT INTO kept VALUES (1, 'a', 'no date')",
    1366: "INSERT INTO kept VALUES (1, '😀', NULL)",
    1406: "INSERT INTO kept VALUES (1, 'longer than that', NULL)",
}


@pytest.fixture
def kept():
    """A table that keeps short texts of three bytes a character."""
    if not ON_MYSQL:
        pytest.skip("runs in the pass on MariaDB")
    with connection.cursor() as cursor:
        columns = "id int PRIMARY KEY, name varchar(9) CHARACTER SET utf8mb3, at datetime"
        cursor.execute(f"CREATE TABLE kept ({columns})")
        yield cursor
        cursor.execute("DROP TABLE kept")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", REFUSED)
def test_refused_statement_is_permanent(kept, number):
    with pytest.raises(DatabaseError) as caught:
        kept.execute(REFUSED[number])
    assert error_number(caught.value) == number
    assert not is_temporary(caught.value)


@pytest.mark.django_db(transaction=True)
def test_statement_above_max_allowed_packet_is_permanent(kept):
    """The server answers it with a lost connection (2006), which would be an outage."""
    kept.execute("SELECT @@max_allowed_packet")
    size = kept.fetchone()[0]
    with pytest.raises(DatabaseError) as caught:
        kept.execute("INSERT INTO kept (name) VALUES (%s)", ["x" * size])
    assert error_number(caught.value) == 1153
    assert not is_temporary(caught.value)
    kept.execute("SELECT 1")  # the connection is there
    kept.execute("SELECT LENGTH(%s)", ["x" * (size - 100)])
    assert kept.fetchone() == (size - 100,)


@pytest.mark.django_db(transaction=True)
def test_lock_wait_timeout_is_temporary(kept):
    kept.execute("INSERT INTO kept VALUES (1, 'a', NULL)")
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM kept FOR UPDATE")
            locked.set()
            over.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(30)
        kept.execute("SET innodb_lock_wait_timeout = 1")
        with pytest.raises(OperationalError) as caught:
            kept.execute("UPDATE kept SET name = 'b'")
    finally:
        over.set()
        holder.join()
    assert error_number(caught.value) == 1205
    assert is_temporary(caught.value)


@pytest.mark.skipif(ON_MYSQL, reason="SQLite's own words")
@pytest.mark.django_db
def test_mistake_in_sqlite_is_permanent():
    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM articles_tag")
    assert not is_temporary(caught.value)
