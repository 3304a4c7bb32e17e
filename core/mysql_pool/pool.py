"""A fair, capped pool for one set of connection parameters, on SQLAlchemy's Pool.

Promises: never more than MAX_CONNECTIONS slots; who waits longest is served next, and nobody
overtakes; a borrower has a connection or an error within TIMEOUT: waiting, ping and connect
together. No lock is held while the network is used, and none is ever waited for when a
connection comes back, so that the garbage collector may bring it. A failed connect gives up
its slot, and the next waiter has it.
"""

import os
import threading
import time
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import get_ident
from typing import Any

from django.db import OperationalError
from MySQLdb import Error  # type: ignore[import-untyped]
from sqlalchemy.pool import Pool

from core.mysql_pool.connector import LOOK_AFTER, Connector
from core.mysql_pool.leaks import report
from core.mysql_pool.loan import Loan, Record
from core.mysql_pool.primary import RETIRED
from core.mysql_pool.stats import Stats, why

IDLE_LIMIT = 300.0  # seconds until an idle connection above MIN_CACHED is closed


class PoolTimeout(OperationalError):  # noqa: N818  (psycopg_pool names it so)
    """Every connection of the pool stayed in use for as long as a borrower may wait."""

    temporary = True  # for core.database_errors


class FairPool(Pool):
    def __init__(self, name: str, connector: Connector, options: dict[str, Any]) -> None:
        creator: Any = self._open  # its type asks for a protocol the driver's class has not
        super().__init__(creator, reset_on_return=None)
        self.name, self.connector, self.options = name, connector, options
        self.cap: int = options["MAX_CONNECTIONS"]
        self.timeout: float = options["TIMEOUT"]
        self.retired = False  # nothing stays idle here any more
        self._process = os.getpid()
        self._keeps_min_cached = False  # a worker does, once it has warmed up
        self._lock = threading.Lock()  # held by whoever serves; see _settle
        self._records: set[Record] = set()  # all slots; grows only under the lock
        self._idle: deque[Record] = deque()  # the longest idle first
        self._waiting: deque[SimpleQueue[Record]] = deque()
        self.stats = Stats(name, self.cap)

    def load(self) -> tuple[int, int, int]:
        """Connections in use, idle ones, and borrowers who wait."""
        idle = len(self._idle)
        return len(self._records) - idle, idle, len(self._waiting)

    def status(self) -> str:
        lent, idle, waiting = self.load()
        return f"pool {self.name!r}: {lent} of {self.cap} in use, {idle} idle, {waiting} waiting"

    def warm(self) -> None:
        """Open connections until MIN_CACHED are there, and keep as many from now on.

        The housekeeper keeps them only afterwards: a slot that it has taken and is still filling
        would be missing when this returns.
        """
        try:
            for _ in range(self.options["MIN_CACHED"]):
                if record := self._slot_to_fill():
                    self._fill(record)
        finally:
            self._keeps_min_cached = True

    def _fill(self, record: Record) -> None:
        try:
            self._renew(record, time.monotonic() + self.timeout)
            # No borrower has seen it work: the next one looks whether it still stands.
            record.dbapi_connection.idle_since -= LOOK_AFTER  # type: ignore[union-attr]
        except BaseException:
            self._drop(record)
            raise
        self.give_back(record)

    def _slot_to_fill(self) -> Record | None:
        """One more below MIN_CACHED. Idle connections are left alone: a kill that falls between
        the housekeeper's look at one and its next borrower would stay unseen."""
        with self._lock:
            record = self._new_slot(self.options["MIN_CACHED"])
        self._settle()  # those who found the lock taken went on
        return record

    def connect(self) -> Loan:
        """A connection, in the order of arrival.

        Raises PoolTimeout when none is free in time, and the driver's errors when the
        server does not let one be opened.
        """
        now = time.monotonic()
        try:
            record = self._idle.pop() if not self._waiting else self._turn(now + self.timeout)
        except IndexError:
            record = self._turn(now + self.timeout)
        try:
            record.since, record.thread, record.reported = now, get_ident(), False
            connection: Any = record.dbapi_connection
            if connection is None or not self.connector.is_fresh(connection, now):
                self._renew(record, now + self.timeout)
                connection = record.dbapi_connection
            connection.uses += 1
            return Loan(self, record)
        except BaseException:
            self._drop(record)
            raise

    def give_back(self, record: Record) -> None:
        """From the borrower, in any state; it never waits, and raises nothing of the driver's."""
        if self._process != os.getpid():  # the child's copy of what a thread of its parent has
            return
        record.since = 0.0
        connection: Any = record.dbapi_connection
        try:
            enough = not self._waiting and len(self._idle) >= self.options["MAX_CACHED"]
            if connection is None or self.retired or enough:
                self._drop(record, "closed" if self.retired else "surplus")
                return
            self.connector.clean(connection)
        except BaseException as error:
            is_retired = connection is not None and connection.expires_at == RETIRED
            self._drop(record, "read_only" if is_retired else "unclean")
            if isinstance(error, Exception):
                return
            raise
        self._idle.append(record)
        if self._waiting:
            self._settle()
        if self.retired:  # meanwhile
            self._drain()

    def tidy(self) -> None:
        """What is due though nobody borrows; the housekeeper calls it every second or so."""
        report(self.name, self._records, self.options["LEAK_AFTER"])
        now = time.monotonic()
        for record in list(self._idle):
            connection: Any = record.dbapi_connection
            if connection is None:
                continue  # it has been borrowed, and is being renewed
            surplus = len(self._idle) > self.options["MIN_CACHED"]
            unused = surplus and now - connection.idle_since > IDLE_LIMIT
            if unused or now > connection.expires_at or connection.has_ended():
                with suppress(ValueError):  # it has been borrowed
                    self._idle.remove(record)
                    reason = why(connection, self.connector.max_usage)
                    self._drop(record, "idle" if unused else reason)
        if self._keeps_min_cached and not self.retired:
            with suppress(Error, OperationalError):  # a borrower will hear of it
                self.warm()
        self.stats.look(self)

    def dispose(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self.retired = True
        self._drain()

    def abandon(self) -> list[Any]:
        """In a forked child: the parent's connections, which this pool then knows no more."""
        self.retired, self._lock = True, threading.Lock()
        self._waiting.clear()
        return [each for record in self._records if (each := record.dbapi_connection)]

    def _turn(self, deadline: float) -> Record:
        waiter: SimpleQueue[Record] = SimpleQueue()
        self._waiting.append(waiter)
        self._settle()
        queued, since = waiter in self._waiting, time.monotonic()
        try:
            return self._await(waiter, deadline)
        finally:
            if queued:
                self.stats.waited(since)

    def _await(self, waiter: SimpleQueue[Record], deadline: float) -> Record:
        since = time.monotonic()
        try:
            if self.options["BLOCKING"]:
                return waiter.get(timeout=max(0, deadline - since))
            with self._lock:  # until whoever serves now is done
                pass
            self._settle()
            return waiter.get_nowait()
        except Empty:
            record = self._withdraw(waiter)
            if record is None:
                raise self._timeout(time.monotonic() - since) from None
            return record
        except BaseException:  # Ctrl-C
            record = self._withdraw(waiter)
            if record is not None:
                self.give_back(record)
            raise

    def _timeout(self, waited: float) -> PoolTimeout:
        self.stats.count("timeouts")
        return PoolTimeout(f"{self.status()}; waited {waited:.1f} s")

    def _withdraw(self, waiter: SimpleQueue[Record]) -> Record | None:
        """Leave the queue; None, or the record that was handed over meanwhile."""
        try:
            self._waiting.remove(waiter)
            return None
        except ValueError:
            return waiter.get()

    def _renew(self, record: Record, deadline: float) -> None:
        """Ask whether its connection may be lent once more, else open another in its slot."""
        connection: Any = record.dbapi_connection
        if connection is not None:
            if self.connector.usable(connection, deadline):
                return
            self.stats.retired(connection, why(connection, self.connector.max_usage))
            record.close()
        if time.monotonic() >= deadline:
            raise self._timeout(self.timeout)
        record.deadline = deadline
        record.get_connection()

    def _open(self, record: Any) -> Any:
        try:
            connection = self.connector.open(record.deadline)
        except BaseException:
            self.stats.count("connects_failed")
            raise
        self.stats.count("connects")
        return connection

    def _drop(self, record: Record, reason: str = "unclean") -> None:
        """Close it, then give up its slot: the cap counts open connections."""
        self.stats.retired(record.dbapi_connection, reason)  # type: ignore[arg-type]
        record.close()
        self._records.discard(record)
        self._settle()

    def _drain(self) -> None:
        with suppress(IndexError):
            while True:
                self._drop(self._idle.popleft(), "closed")

    def _settle(self) -> None:
        """Serve all who wait with all that is there.

        A thread that finds the lock taken goes on: its holder looks again after the release
        and finds what that thread has put into a queue before it came here.
        """
        while self._is_work() and self._lock.acquire(blocking=False):
            try:
                while self._waiting and (record := self._spare()):
                    self._hand_over(record)
            finally:
                self._lock.release()

    def _is_work(self) -> bool:
        return bool(self._waiting and (self._idle or len(self._records) < self.cap))

    def _spare(self) -> Record | None:
        with suppress(IndexError):
            return self._idle.pop()
        return self._new_slot(self.cap)

    def _new_slot(self, most: int) -> Record | None:
        """None if there are `most` already; its caller holds the lock."""
        if len(self._records) >= most:
            return None
        record = Record(self)
        self._records.add(record)
        return record

    def _hand_over(self, record: Record) -> None:
        try:
            self._waiting.popleft().put(record)
        except IndexError:  # it has stopped waiting
            if record.dbapi_connection is None:
                self._records.discard(record)
            else:
                self._idle.append(record)
