"""A password or an address that changes in its file is used without a restart."""

import os
import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connections

from core import sql
from core.mysql_pool import wrapper
from deploy.private_servers import mariadb, short_folder
from tests.core.mysql_pool.conftest import in_threads
from tests.core.mysql_pool.pool_state import wait_until
from tests.core.mysql_pool.test_processes import script  # noqa: F401  (a fixture)

DIRTY = "SELECT @x := 7"  # resets the connection, and so logs in, after each loan


class File:
    """Stands for the file of DATABASE_URL_FILE: what it says, and how often it was read."""

    def __init__(self, alias) -> None:
        self.entry = {name: alias.settings[name] for name in ("ENGINE", "HOST", "PORT", "OPTIONS")}
        self.entry |= {"USER": "rotating", "PASSWORD": "one"}
        self.reads = 0
        alias.settings |= self.entry | {"READ_AGAIN": self.read, "NAME": "mysql"}

    def read(self):
        self.reads += 1
        return dict(self.entry)


@pytest.fixture
def account(server):
    def set_password(password: str) -> None:
        server(f"ALTER USER rotating IDENTIFIED BY '{password}'")

    server("CREATE USER IF NOT EXISTS rotating IDENTIFIED BY 'one'")
    server("GRANT ALL ON *.* TO rotating")
    set_password("one")
    yield set_password
    server("DROP USER rotating")


def test_rotated_password_causes_no_error_once_it_is_in_the_file(engine, account):
    """Twelve threads all the while; what they hear is counted before and after the file."""
    alias = engine(MAX_CONNECTIONS=4, TIMEOUT=20)
    file, written, errors = File(alias), threading.Event(), {False: 0, True: 0}
    answered, end = {False: 0, True: 0}, threading.Event()

    def work(number: int) -> None:
        while not end.is_set():
            since = written.is_set()
            try:
                assert alias.ask(DIRTY) == 7
                answered[since] += 1
            except DatabaseError:
                errors[since] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    wait_until(lambda: answered[False] > 50)
    account("two")
    wait_until(lambda: errors[False] > 0)
    file.entry["PASSWORD"] = "two"
    written.set()
    wait_until(lambda: answered[True] > 200)
    end.set()
    for thread in threads:
        thread.join()
    assert errors[True] == 0
    assert alias.settings["PASSWORD"] == "two"


def test_password_written_before_its_rotation_causes_no_error(engine, account):
    alias = engine(MAX_CONNECTIONS=2)
    file = File(alias)
    assert alias.ask(DIRTY) == 7
    file.entry["PASSWORD"] = "two"
    account("two")
    assert in_threads(8, lambda number: alias.ask(DIRTY)) == [7] * 8


def test_pool_stays_the_same_one_with_its_cap(engine, account):
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=0.2)
    file = File(alias)
    pool = alias.pool
    alias.ask(DIRTY)
    account("two")
    file.entry["PASSWORD"] = "two"
    holder = alias.borrower()
    assert alias.ask("SELECT 7", holder) == 7
    assert alias.pool is pool
    with pytest.raises(OperationalError, match="1 of 1 in use"):
        alias.ask("SELECT 7")


def test_stream_that_makes_the_pool_leaves_the_site_one_pool(engine, account):
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=5)
    file = File(alias)
    connections[alias.alias] = alias.borrower()
    try:
        assert [row["a"] for row in sql.stream("SELECT 7 AS a", using=alias.alias)] == [7]
        first = alias.pool
        alias.ask(DIRTY)
        account("two")
        file.entry["PASSWORD"] = "two"
        assert in_threads(8, lambda number: alias.ask(DIRTY)) == [7] * 8
        assert alias.pool is first
    finally:
        connections[alias.alias].close()
        del connections[alias.alias]


def test_password_read_again_for_a_copy_reaches_the_site(engine, account, monkeypatch):
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=5)
    file = File(alias)
    alias.settings["READ_AGAIN"] = lambda: file.read()  # which a copy shares, unlike a method
    known = SimpleNamespace(settings={alias.alias: alias.settings})
    monkeypatch.setattr(wrapper, "connections", known)  # pytest-django locks the real one's aliases
    copied = alias.borrower().copy()
    alias.ask("SELECT 7", copied)
    alias.ask(DIRTY, copied)
    account("two")
    file.entry["PASSWORD"] = "two"
    copied.close()
    assert alias.ask("SELECT 7", copied) == 7
    copied.close()
    assert alias.pool is copied.pool()


def test_unchanged_file_raises_the_servers_error(engine, account):
    alias = engine()
    file = File(alias)
    account("two")
    with pytest.raises(OperationalError, match="1045"):
        alias.ask(DIRTY)
    assert file.reads == 1


def test_half_written_file_raises_the_servers_error(engine, account, caplog):
    alias = engine()
    File(alias)

    def half():
        raise ImproperlyConfigured("DATABASE_URL is empty")

    alias.settings["READ_AGAIN"] = half
    account("two")
    for _ in range(5):
        with pytest.raises(OperationalError, match="1045"):
            alias.ask(DIRTY)
    told = [record for record in caplog.records if "DATABASE_URL is empty" in record.message]
    assert 1 <= len(told) < 5  # not once for each borrower


def test_server_that_has_moved_is_found_by_its_new_address(engine):
    alias = engine(TIMEOUT=20)
    file = File(alias)
    file.entry |= {"USER": "root", "PASSWORD": ""}
    alias.settings |= {"USER": "root", "PASSWORD": ""}
    alias.settings["OPTIONS"] = alias.settings["OPTIONS"] | {"unix_socket": "/nowhere/old.sock"}
    with short_folder() as folder, mariadb(folder / "new.sock"):
        socket = str(folder / "new.sock")
        file.entry["OPTIONS"] = file.entry["OPTIONS"] | {"unix_socket": socket}
        assert alias.ask("SELECT @@socket") == socket


FROM_FILE = """
def user():
    return connection.get_connection_params()["user"]
ask("SELECT 1")
first = user()
url = open(os.environ["DATABASE_URL_FILE"]).read()
connection.close()
with connection.cursor() as cursor:
    cursor.execute("CREATE USER IF NOT EXISTS rotating_2 IDENTIFIED BY 'two'")
    cursor.execute("GRANT ALL ON *.* TO rotating_2")
    cursor.execute("SET @dirty = 1")
connection.settings_dict["USER"] = connection.settings_dict["PASSWORD"] = "unknown"
open(os.environ["DATABASE_URL_FILE"], "w").write(url.replace("root@", "rotating_2:two@"))
connection.close()
print(first, ask("SELECT CURRENT_USER()"), user())
connection.close()
with connection.cursor() as cursor:
    cursor.execute("DROP USER rotating_2")
"""


def test_settings_read_their_file_again(script, tmp_path, monkeypatch):  # noqa: F811
    url = tmp_path / "url"
    url.write_text(os.environ["DATABASE_URL"])
    monkeypatch.delenv("DATABASE_URL")
    answer = script("core.mysql_pool", FROM_FILE, DATABASE_URL_FILE=str(url))
    assert answer == "root rotating_2@% rotating_2"
