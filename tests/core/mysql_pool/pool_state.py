"""Reads and changes the state of a pool's idle connections, and waits for a state."""

import time
from collections.abc import Callable
from typing import Any

CONNECTION_ID = "SELECT CONNECTION_ID()"


def idle(alias: Any) -> list[Any]:
    return [slot.dbapi_connection for slot in alias.pool._idle]


def fill(alias: Any, number: int) -> list[int]:
    """The ids of so many connections, all in use at one time and then returned in this order."""
    borrowers = [alias.borrower() for _ in range(number)]
    ids = [alias.ask(CONNECTION_ID, borrower) for borrower in borrowers]
    for borrower in borrowers:
        borrower.close()
    return ids


def age(alias: Any, seconds: float) -> None:
    """Makes the idle connections as old as if they had been idle for so much longer."""
    for connection in idle(alias):
        connection.idle_since -= seconds


def closed(server: Any, id: int) -> bool:
    """True, once the server has closed this connection; that may take a moment."""
    while server(f"SELECT 1 FROM information_schema.processlist WHERE id = {id}"):
        time.sleep(0.01)
    return True


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def wait_for_waiters(pool: Any, number: int) -> None:
    wait_until(lambda: len(pool.waiting) == number)
