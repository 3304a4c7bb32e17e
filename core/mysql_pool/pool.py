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
from functools import partial
from queue import Empty, SimpleQueue
from threading import get_ident
from typing import Any

from django.db import OperationalError
from sqlalchemy.pool import Pool

from core.mysql_pool.connector import Connector
from core.mysql_pool.lease import Loan, Record
from core.mysql_pool.pool_counters import Stats, why
from core.mysql_pool.primary import RETIRED
from core.workers.worker_threads import worker

STALLED = ", nothing moved meanwhile, and this worker keeps its last thread free"


class PoolTimeout(OperationalError):  # noqa: N818  (psycopg_pool names it so)
    """Every connection of the pool stayed in use for as long as a borrower may wait."""

    temporary = True  # for core.failures.database_errors
    is_busy = False  # others were served meanwhile, so the database answers


class FairPool(Pool):
    def __init__(self, name: str, connector: Connector, options: dict[str, Any]) -> None:
        creator: Any = self._open  # its type asks for a protocol the driver's class has not
        super().__init__(creator, reset_on_return=None)
        self.name, self.connector, self.options = name, connector, options
        self.cap: int = options["MAX_CONNECTIONS"]
        self.timeout: float = options["TIMEOUT"]
        self.retired = False  # nothing stays idle here any more
        self._process = os.getpid()
        self.keeps_min_cached = False  # a worker does, once it has warmed up
        self._lock = threading.Lock()  # held by whoever serves; see _settle
        self._records: set[Record] = set()  # all slots; grows only under the lock
        self._idle: deque[Record] = deque()  # the longest idle first
        self._waiting: deque[SimpleQueue[Record]] = deque()
        self.stats = Stats(name, self.cap)
        worker.moved = time.monotonic()

    def load(self) -> tuple[int, int, int]:
        """Connections in use, idle ones, and borrowers who wait."""
        idle = len(self._idle)
        return len(self._records) - idle, idle, len(self._waiting)

    def status(self) -> str:
        lent, idle, waiting = self.load()
        return f"pool {self.name!r}: {lent} of {self.cap} in use, {idle} idle, {waiting} waiting"

    def connect(self) -> Loan:
        """A connection, in the order of arrival.

        Raises PoolTimeout when none is free in time, and the driver's errors when the
        server does not let one be opened.
        """
        now = time.monotonic()
        deadline = now + self.timeout
        try:
            record = None if self._waiting else self._idle.pop()
        except IndexError:
            record = None
        if record is None:
            record, now = self._turn(deadline), time.monotonic()
        try:
            record.since, record.thread, record.reported = now, get_ident(), False
            connection: Any = record.dbapi_connection
            if connection is None or not self.connector.is_fresh(connection, now):
                self._renew(record, deadline)
                connection, now = record.dbapi_connection, time.monotonic()
            connection.uses += 1
            worker.moved = now
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
        if not connection.doubtful:
            worker.moved = time.monotonic()
        self._idle.append(record)
        if self._waiting:
            self._settle()
        if self.retired:  # meanwhile
            self._drain()

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
            record = self._served(waiter, deadline) or self._withdraw(waiter)
        except BaseException:  # Ctrl-C
            record = self._withdraw(waiter)
            if record is not None:
                self.give_back(record)
            raise
        if record is None:
            raise self._timeout(since, deadline)
        return record

    def _served(self, waiter: SimpleQueue[Record], deadline: float) -> Record | None:
        if self.options["BLOCKING"]:
            return worker.wait(partial(_get, waiter), deadline)
        with self._lock:  # until whoever serves now is done
            pass
        self._settle()
        return _get(waiter, 0)

    def _timeout(self, since: float, deadline: float) -> PoolTimeout:
        self.stats.count("timeouts")
        now = time.monotonic()
        early = self.options["BLOCKING"] and now < deadline
        error = PoolTimeout(f"{self.status()}; waited {now - since:.1f} s{STALLED * early}")
        error.is_busy = worker.is_moving()
        return error

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
            raise self._timeout(deadline - self.timeout, deadline)
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

    def slot_below(self, most: int) -> Record | None:
        """An empty slot if there are fewer than `most`; lent until it is given back."""
        with self._lock:
            record = self._new_slot(most)
        self._settle()  # those who found the lock taken went on
        return record

    def _new_slot(self, most: int) -> Record | None:
        """The caller holds the lock."""
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


def _get(waiter: SimpleQueue[Record], seconds: float) -> Record | None:
    with suppress(Empty):
        return waiter.get(timeout=seconds)
    return None
