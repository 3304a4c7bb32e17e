"""A fair pool with a hard cap for one set of connection parameters, on SQLAlchemy's Pool.

Guarantees:

- It never has more than MAX_CONNECTIONS slots.
- Waiters are served in the order they came; a newcomer never overtakes one.
- A borrower has a connection or an error within TIMEOUT: queue, ping and connect together.
- No lock is held while the network is used. Checking in never waits for a lock, so the garbage
  collector may do it at any time.
- A connect that fails gives up its slot to the next waiter.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from typing import Any

from sqlalchemy.pool import Pool

from core.mysql_pool.connector import Connector
from core.mysql_pool.driver import RETIRED
from core.mysql_pool.lease import Lease, Slot
from core.mysql_pool.pool_counters import Numbers, Stats
from core.mysql_pool.waiter import PoolTimeout as PoolTimeout
from core.mysql_pool.waiter import Waiter, Waits, timeout


class FairPool(Pool):
    """`key` says whose pool it is: one with another key is another pool (see registry.py)."""

    key: Any = None
    waits: Any = Waits()  # of all pools of the process
    make_counters: Callable[[str], Any] = Numbers  # for the counts of the pool of that name

    def __init__(self, name: str, connector: Connector, options: dict[str, Any]) -> None:
        creator: Any = self._open  # its type asks for a protocol the driver's class does not have
        super().__init__(creator, reset_on_return=None)
        self.name, self.connector, self.options = name, connector, options
        self.cap: int = options["MAX_CONNECTIONS"]
        self.max_cached: int = options["MAX_CACHED"]
        self.timeout: float = options["TIMEOUT"]
        self.retired = False  # a connection that comes back is closed
        self.keeps_min_cached = False  # True in a worker, once it has warmed up
        self._process = os.getpid()
        self._lock = threading.Lock()  # held while waiters are served: see serve()
        self._slots: set[Slot] = set()  # grows only under the lock
        self._idle: deque[Slot] = deque()  # the longest idle first
        self.waiting: deque[Waiter] = deque()
        self.stats = Stats(self.make_counters(name), self.cap)
        self.waits.moved = time.monotonic()

    def load(self) -> tuple[int, int, int]:
        """The numbers of connections in use, of idle ones, and of waiters."""
        idle = len(self._idle)
        return len(self._slots) - idle, idle, len(self.waiting)

    def status(self) -> str:
        lent, idle, waiting = self.load()
        return f"pool {self.name!r}: {lent} of {self.cap} in use, {idle} idle, {waiting} waiting"

    def connect(self) -> Lease:  # type: ignore[override]
        """Checks a connection out, in the order of arrival.

        Raises PoolTimeout if none is free in time, and the driver's errors if the server does not
        let one be opened. It runs once a request, so it calls as little as it can.
        """
        now = time.monotonic()
        deadline = now + self.timeout
        try:
            slot = None if self.waiting else self._idle.pop()
        except IndexError:
            slot = None
        if slot is None:
            slot, now = Waiter(self).wait(deadline), time.monotonic()
        try:
            slot.since, slot.thread = now, get_ident()
            connection: Any = slot.dbapi_connection
            if (
                connection is None
                or now - connection.idle_since > self.connector.trusted_for
                or now > connection.expires_at
                or connection.doubtful
                or connection.uses >= self.connector.max_usage
            ):
                self._renew(slot, deadline)
                connection, now = slot.dbapi_connection, time.monotonic()
            connection.uses += 1
            self.waits.moved = now
            return Lease(slot)
        except BaseException:
            self._drop(slot)
            raise

    def check_in(self, slot: Slot) -> None:
        """Takes a connection back, in any state. Never waits, and raises none of the driver's
        errors."""
        slot.since = 0.0
        connection: Any = slot.dbapi_connection
        if (
            connection is None
            or self.retired
            or len(self._idle) >= self.max_cached
            or not connection.is_clean()
        ) and not self._cleaned(slot):
            return
        self._idle.append(slot)
        if self.waiting:
            if not connection.doubtful:
                self.waits.moved = time.monotonic()
            self.serve()
        if self.retired:  # meanwhile
            self._drain()

    def dispose(self) -> None:
        """Closes idle connections now, and the others when they come back."""
        self.retired = True
        self._drain()

    def abandon(self) -> list[Any]:
        """In a forked child: the parent's connections, of which this pool then has none."""
        self.retired, self._lock = True, threading.Lock()
        self.waiting.clear()
        return [each for slot in self._slots if (each := slot.dbapi_connection)]

    def _cleaned(self, slot: Slot) -> bool:
        """Whether the connection may become idle, after a reset of its session if need be.

        Otherwise it is closed. A connection of the parent process is left to the parent.
        """
        connection: Any = slot.dbapi_connection
        if self._process != os.getpid():
            return False
        surplus = len(self._idle) >= self.max_cached and not self.waiting
        if connection is None or self.retired or surplus:
            self._drop(slot, "closed" if self.retired else "surplus")
            return False
        try:
            self.connector.clean(connection)
        except BaseException as error:
            self._drop(slot, "read_only" if connection.expires_at == RETIRED else "unclean")
            if isinstance(error, Exception):
                return False
            raise
        return True

    def _renew(self, slot: Slot, deadline: float) -> None:
        """Makes sure that the slot's connection works, or opens another one in its place."""
        connection: Any = slot.dbapi_connection
        if connection is not None:
            reason = self.connector.reason_to_replace(connection, deadline)
            if not reason:
                return
            self.stats.retired(connection, reason)
            slot.close()
        if time.monotonic() >= deadline:
            raise timeout(self, deadline - self.timeout, deadline)
        slot.deadline = deadline
        slot.get_connection()

    def _open(self, slot: Any) -> Any:
        try:
            connection = self.connector.open(slot.deadline)
        except BaseException:
            self.stats.count("connects_failed")
            raise
        self.stats.count("connects")
        return connection

    def _drop(self, slot: Slot, reason: str = "unclean") -> None:
        """Closes its connection, then gives up the slot: the cap counts open connections."""
        self.stats.retired(slot.dbapi_connection, reason)  # type: ignore[arg-type]
        slot.close()
        self._slots.discard(slot)
        self.serve()

    def _drain(self) -> None:
        with suppress(IndexError):
            while True:
                self._drop(self._idle.popleft(), "closed")

    def serve(self) -> None:
        """Hands slots to waiters while there are both.

        A thread that finds the lock taken goes on: the holder looks again after it has released the
        lock, and then finds what that thread had put into a queue before it came here.
        """
        while self._can_serve() and self._lock.acquire(blocking=False):
            try:
                while self.waiting and (slot := self._free_slot()):
                    self._hand_over(slot)
            finally:
                self._lock.release()

    def serve_now(self) -> None:
        """serve(), after the thread that serves now is done."""
        with self._lock:
            pass
        self.serve()

    def _can_serve(self) -> bool:
        return bool(self.waiting and (self._idle or len(self._slots) < self.cap))

    def _free_slot(self) -> Slot | None:
        with suppress(IndexError):
            return self._idle.pop()
        return self._new_slot(self.cap)

    def slot_below(self, most: int) -> Slot | None:
        """A new slot if there are fewer than `most`; it counts as in use until it is checked in."""
        with self._lock:
            slot = self._new_slot(most)
        self.serve()  # for threads that found the lock taken
        return slot

    def _new_slot(self, most: int) -> Slot | None:
        """The caller holds the lock."""
        if len(self._slots) >= most:
            return None
        slot = Slot(self)
        self._slots.add(slot)
        return slot

    def _hand_over(self, slot: Slot) -> None:
        try:
            self.waiting.popleft().hand_over(slot)
        except IndexError:  # it has stopped waiting
            if slot.dbapi_connection is None:
                self._slots.discard(slot)
            else:
                self._idle.append(slot)
