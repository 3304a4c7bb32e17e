"""TIMEOUT as a whole, on a server that has stopped answering, and who has which time limits."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError

from core.mysql_pool import connector
from core.mysql_pool.driver import Connection
from deploy.private_servers import mariadb, short_folder
from tests.core.mysql_pool.conftest import ON_MYSQL, in_threads
from tests.core.mysql_pool.pool_state import age, fill, idle, wait_for_waiters, wait_until
from tests.core.mysql_pool.test_processes import OURS, script  # noqa: F401  (a fixture)

ROUNDING = 1  # the driver counts connect_timeout in whole seconds
SLACK = 0.7  # of a busy machine


@pytest.fixture(scope="module")
def own_server():
    if not ON_MYSQL:
        pytest.skip("runs in the pass on MariaDB")
    with short_folder() as folder, mariadb(folder / "own.sock"):
        yield folder / "own.sock"


@pytest.fixture
def own(engine, own_server):
    """A pool on a server of its own, and the function that freezes that server."""
    pids = []

    def freeze(alias) -> None:
        pid = int(Path(alias.ask("SELECT @@pid_file")).read_text())
        os.kill(pid, signal.SIGSTOP)
        pids.append(pid)
        wait_until(lambda: all(map(is_stopped, Path(f"/proc/{pid}/task").iterdir())))

    def make(**options):
        alias = engine(**options)
        alias.settings["NAME"] = "mysql"
        alias.settings["OPTIONS"] |= {"unix_socket": str(own_server)}
        return alias

    yield make, freeze
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def is_stopped(thread: Path) -> bool:
    """The signal returns before each of the server's threads has heard of it."""
    return (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def refused_after(alias) -> float:
    """The seconds until a borrower of a connection hears that there is none."""
    since = time.monotonic()
    with pytest.raises(DatabaseError):
        alias.borrower().ensure_connection()
    return time.monotonic() - since


def test_every_borrower_of_a_frozen_server_has_an_error_within_timeout(own):
    """Those with an idle connection to ping, those who open one, and those who wait."""
    make, freeze = own
    alias = make(MAX_CONNECTIONS=2, TIMEOUT=2)
    fill(alias, 1)
    freeze(alias)
    age(alias, 60)
    took = in_threads(6, lambda number: refused_after(alias))
    assert [each for each in took if not isinstance(each, float)] == []
    assert max(took) < 2 + ROUNDING + SLACK


def test_without_blocking_a_frozen_server_is_an_error_within_timeout(own):
    make, freeze = own
    alias = make(MAX_CONNECTIONS=2, TIMEOUT=1, BLOCKING=False)
    freeze(alias)
    age(alias, 60)
    assert refused_after(alias) < 1 + ROUNDING + SLACK


def seconds_to_close(borrower) -> float:
    """How long its thread is held; 30 if it is held for ever."""
    borrower.inc_thread_sharing()
    since = time.monotonic()
    thread = threading.Thread(target=borrower.close, daemon=True)
    thread.start()
    thread.join(30)
    return time.monotonic() - since


def make_dirty(borrower) -> None:
    with borrower.cursor() as cursor:
        cursor.execute("SET @a = 1")


def leave_a_transaction(borrower) -> None:
    borrower.set_autocommit(False)


@pytest.mark.parametrize(
    ("use", "statement"),
    [
        (make_dirty, "SELECT 0"),
        (make_dirty, "SET SQL_AUTO_IS_NULL"),
        (make_dirty, "SET innodb_lock_wait_timeout"),
        (leave_a_transaction, "ROLLBACK"),
        (leave_a_transaction, "SET autocommit"),
    ],
)
def test_server_that_freezes_during_a_reset_holds_no_thread(own, monkeypatch, use, statement):
    """Before each of the pool's own statements: the thread goes on, the connection is closed."""
    make, freeze = own
    alias, other, ask, frozen = make(), make(), Connection._ask, []
    alias.settings["OPTIONS"] |= {"read_timeout": 600}
    monkeypatch.setattr(connector, "CLEAN_LIMIT", 0.5)
    borrower = alias.borrower()
    borrower.ensure_connection()

    def ask_frozen(connection: Connection, sql: str, limit: float) -> None:
        if sql.startswith(statement) and not frozen:
            frozen.append(sql)
            freeze(other)
        ask(connection, sql, limit)

    use(borrower)
    monkeypatch.setattr(Connection, "_ask", ask_frozen)
    assert seconds_to_close(borrower) < connector.PING_LIMIT + SLACK
    assert len(frozen) == 1
    assert idle(alias) == []


def test_time_spent_waiting_is_not_granted_again(engine, monkeypatch):
    """Who gets his turn in the last moment has that moment to open a connection."""
    alias = engine(MAX_CONNECTIONS=1, TIMEOUT=30)
    pool, asked = alias.pool, []
    real = pool.connector.open
    monkeypatch.setattr(
        pool.connector, "open", lambda until: asked.append(until - time.monotonic()) or real(until)
    )
    holder = alias.borrower()
    alias.ask("SELECT 1", holder)
    holder.connection.dbapi_connection.expires_at = 0  # the next one must open another
    monkeypatch.setattr(pool, "timeout", 5.0)
    waiter = threading.Thread(target=alias.ask, args=("SELECT 1",))
    waiter.start()
    wait_for_waiters(pool, 1)
    since = time.monotonic()
    while time.monotonic() - since < 0.3:
        pass
    holder.close()
    waiter.join()
    assert asked[-1] <= 5 - 0.3


def test_error_names_the_limit_of_a_statement(own):
    make, freeze = own
    alias = make()
    borrower = alias.borrower()
    borrower.ensure_connection()
    connection = borrower.connection.dbapi_connection
    freeze(alias)
    with pytest.raises(Exception, match=r"did not answer within 0\.1 s"):
        connection.run("DO 0", 0.1)


LIMITS = "SELECT @@innodb_lock_wait_timeout"


def test_worker_has_time_limits_and_a_command_has_none(engine):
    alias = engine()
    alias.settings["WORKER_OPTIONS"] = {"read_timeout": 3, "write_timeout": 3}
    before = alias.ask(LIMITS)
    assert "read_timeout" not in alias.borrower().get_connection_params()
    alias.borrower().warm_up()
    assert alias.borrower().get_connection_params()["read_timeout"] == 3
    assert alias.ask(LIMITS) == 2 < before


def test_worker_keeps_a_lock_wait_that_is_shorter_on_the_server(own):
    make, _ = own
    alias = make()
    alias.settings["WORKER_OPTIONS"] = {"read_timeout": 9, "write_timeout": 9}
    alias.ask("SET GLOBAL innodb_lock_wait_timeout = 4")
    alias.borrower().warm_up()
    assert alias.ask(LIMITS) == 4


def test_in_a_worker_a_statement_that_takes_too_long_is_an_error(engine):
    alias = engine()
    alias.settings["WORKER_OPTIONS"] = {"read_timeout": 1, "write_timeout": 1}
    alias.borrower().warm_up()
    with pytest.raises(OperationalError, match="2013"):
        alias.ask("SELECT SLEEP(20)")
    assert alias.ask("SELECT 7") == 7


WHO = """
from django.core.management import call_command
def limit():
    return connection.get_connection_params().get("read_timeout")
call_command("check", verbosity=0)
before = limit()
import core.{door}
print(before, limit())
"""


@pytest.mark.usefixtures("static_files")
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_process_that_imports_wsgi_or_asgi_is_a_worker(script, door):  # noqa: F811
    assert script(OURS, WHO.format(door=door), PAGE_CACHE="off").startswith("None 10")
