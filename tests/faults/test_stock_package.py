"""django-db-connection-pool 1.2.6 as shipped, beside ours, in what only faults bring to light.

Its other defects have their proof where ours is tested, in tests/core/mysql_pool: session
state, fork, test databases, fairness, ended threads, options, passwords, errors, round trips;
a frozen server and the error page in test_pool_server.py.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.mysql_pool.pool import PoolTimeout
from deploy.private_servers import short_folder
from tests.core.mysql_pool.conftest import (  # noqa: F401  (fixtures)
    database,
    engine,
    in_threads,
    server,
    stock,
)

pytestmark = pytest.mark.django_db
ME = "SELECT CONNECTION_ID()"
SOON = 0.3  # seconds until the server below hangs up


@contextmanager
def refusing_server() -> Iterator[str]:
    """The socket of a server that takes a while to refuse each connection."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "refusing.sock"))
        listener.listen()
        thread = threading.Thread(target=hang_up_on_all, args=[listener])
        thread.start()
        yield str(folder / "refusing.sock")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def hang_up_on_all(listener: socket.socket) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:  # the test is over
            return
        time.sleep(SOON)
        caller.close()


def refused(alias) -> list[tuple[float, Exception]]:
    """Two borrowers of one slot whose connects fail: how long each took, and its error."""

    def ask(number: int) -> tuple[float, Exception]:
        since = time.monotonic()
        try:
            alias.ask(ME)
        except Exception as error:
            return time.monotonic() - since, error
        raise AssertionError("the server refuses connections")

    with refusing_server() as address:
        alias.settings["OPTIONS"]["unix_socket"] = address
        return sorted(in_threads(2, ask), key=lambda answer: answer[0])


def test_a_refused_connect_wakes_the_next_waiter(engine):  # noqa: F811
    _, second = refused(engine(MAX_CONNECTIONS=1, TIMEOUT=3))
    assert not isinstance(second[1], PoolTimeout)
    assert second[0] < 2.5


def test_there_the_waiter_sleeps_on_though_the_slot_is_free(stock):  # noqa: F811
    first, second = refused(stock(POOL_SIZE=1, MAX_OVERFLOW=0, TIMEOUT=2))
    assert first[0] < 1.9 < second[0]  # its whole TIMEOUT


def test_there_a_kept_connection_is_lost_to_everybody_else(stock):  # noqa: F811
    """CONN_MAX_AGE is accepted; the end of the request then gives nothing back."""
    alias = stock(POOL_SIZE=1, MAX_OVERFLOW=0, TIMEOUT=0.1)
    alias.settings["CONN_MAX_AGE"] = 60
    first = alias.borrower()
    alias.ask(ME, first)
    first.close_if_unusable_or_obsolete()
    with pytest.raises(Exception, match="QueuePool limit"):
        alias.ask(ME)


def test_here_it_is_refused_at_start(engine):  # noqa: F811
    alias = engine(MAX_CONNECTIONS=1)
    alias.settings["CONN_MAX_AGE"] = 60
    with pytest.raises(ImproperlyConfigured, match="CONN_MAX_AGE"):
        alias.borrower()


def fill(alias) -> set[int]:
    borrowers = [alias.borrower() for _ in range(3)]
    ids = {alias.ask(ME, borrower) for borrower in borrowers}
    for borrower in borrowers:
        borrower.close()
    return ids


def replaced_after(alias, seconds: float) -> int:
    before = fill(alias)
    time.sleep(seconds)  # ages are told by the real clock
    return len(before - fill(alias))


def test_there_all_connections_expire_at_once(stock):  # noqa: F811
    """Ours differ by up to a tenth: tests/core/mysql_pool/test_connector.py."""
    assert replaced_after(stock(POOL_SIZE=3, MAX_OVERFLOW=0, RECYCLE=1), 1.1) == 3
