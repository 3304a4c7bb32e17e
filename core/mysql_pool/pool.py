"""A fair, capped pool for one set of connection parameters, on SQLAlchemy's Pool.

Promises: never more than MAX_CONNECTIONS slots; who waits longest is served next, and nobody
overtakes; a waiter gives up after TIMEOUT with PoolTimeout. No lock is held while the network
is used, and none is ever waited for when a connection comes back, so that the garbage
collector may bring it. A slot is a record, with or without an open connection: a failed
connect hands its slot, empty, to the next waiter.
"""

import threading
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Any

from django.db import OperationalError
from sqlalchemy.pool import Pool
from sqlalchemy.pool.base import _ConnectionRecord as Record

from core.mysql_pool.connector import Connector
from core.mysql_pool.leaks import Loan, report

IDLE_LIMIT = 300.0  # seconds until an idle connection above MIN_CACHED is closed


class PoolTimeout(OperationalError):  # noqa: N818  (psycopg_pool names it so)
    """Every connection of the pool stayed in use for as long as a borrower may wait."""


class FairPool(Pool):
    def __init__(self, name: str, connector: Connector, options: dict[str, Any]) -> None:
        super().__init__(connector.open, reset_on_return=None)
        self.name, self.connector, self.options = name, connector, options
        self.cap: int = options["MAX_CONNECTIONS"]
        self.retired = False  # nothing stays idle here any more
        self._lock = threading.Lock()  # held by whoever serves; see _settle
        self._idle: deque[Record] = deque()  # the longest idle first
        self._lent: dict[Record, Loan] = {}
        self._waiting: deque[SimpleQueue[Record]] = deque()
        self._returned: deque[Record] = deque()
        self._surplus: deque[Record] = deque()  # lent to whoever closes them

    def warm(self) -> None:
        """Open connections until MIN_CACHED are there."""
        loans = []
        try:
            while len(self._idle) + len(self._lent) < self.options["MIN_CACHED"]:
                loans.append(self.connect())
        finally:
            for loan in loans:
                loan.close()

    def status(self) -> str:
        idle, lent, waiting = len(self._idle), len(self._lent), len(self._waiting)
        return f"pool {self.name!r}: {lent} of {self.cap} in use, {idle} idle, {waiting} waiting"

    def recreate(self) -> "FairPool":
        return FairPool(self.name, self.connector, self.options)

    def dispose(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self.retired = True
        with self._lock:
            while self._idle:
                self._expel(self._idle.popleft())
        self._close_surplus()
        self._settle()

    def abandon(self) -> list[Any]:
        """In a forked child: the parent's connections, which this pool then knows no more."""
        self.retired, self._lock = True, threading.Lock()
        self._waiting.clear()
        records = [*self._idle, *self._lent, *self._returned]
        return [each for record in records if (each := record.dbapi_connection)]

    def _do_get(self) -> Record:
        report(self.name, self._lent, self.options["LEAK_AFTER"])
        waiter: SimpleQueue[Record] = SimpleQueue()
        self._waiting.append(waiter)
        self._settle()
        record = self._await(waiter)
        try:
            self._lent[record] = Loan()
            self._renew(record)
        except BaseException:
            self._give_back(record)
            raise
        return record

    def _await(self, waiter: SimpleQueue[Record]) -> Record:
        since = time.monotonic()
        try:
            if self.options["BLOCKING"]:
                return waiter.get(timeout=self.options["TIMEOUT"])
            with self._lock:  # until whoever serves now is done
                pass
            self._settle()
            return waiter.get_nowait()
        except Empty:
            record = self._withdraw(waiter)
            if record is None:
                waited = time.monotonic() - since
                raise PoolTimeout(f"{self.status()}; waited {waited:.1f} s") from None
            return record
        except BaseException:  # Ctrl-C
            record = self._withdraw(waiter)
            if record is not None:
                self._give_back(record)
            raise

    def _withdraw(self, waiter: SimpleQueue[Record]) -> Record | None:
        """Leave the queue; None, or the record that was handed over meanwhile."""
        try:
            self._waiting.remove(waiter)
            return None
        except ValueError:
            return waiter.get()

    def _renew(self, record: Record) -> None:
        connection: Any = record.dbapi_connection
        if connection is not None and not self.connector.usable(connection):
            record.close()  # the borrower opens another one in its slot

    def _do_return_conn(self, record: Any) -> None:
        try:
            if record.dbapi_connection is not None:
                self.connector.clean(record.dbapi_connection)
        except BaseException as error:
            record.close()
            if not isinstance(error, Exception):
                raise
        finally:
            self._give_back(record)

    def _give_back(self, record: Record) -> None:
        self._returned.append(record)
        self._settle()

    def _settle(self) -> None:
        """Serve all who wait with all that is there.

        A thread that finds the lock taken goes on: its holder looks again after the release
        and finds what that thread has put into a queue before it came here.
        """
        while self._is_work() and self._lock.acquire(blocking=False):
            try:
                self._serve()
            finally:
                self._lock.release()
            self._close_surplus()

    def _is_work(self) -> bool:
        return bool(self._returned or (self._waiting and (self._idle or self._has_room())))

    def _has_room(self) -> bool:
        return len(self._lent) + len(self._idle) < self.cap

    def _serve(self) -> None:
        while self._returned:
            self._take_back(self._returned.popleft())
        while self._idle or self._has_room():
            try:
                waiter = self._waiting.popleft()
            except IndexError:
                return
            record = self._idle.pop() if self._idle else Record(self, connect=False)
            self._lent[record] = Loan()
            waiter.put(record)

    def _take_back(self, record: Record) -> None:
        if record.dbapi_connection is None:
            del self._lent[record]
        elif self.retired or self._has_enough_idle():
            self._expel(record)
        else:
            del self._lent[record]
            self._idle.append(record)
            self._shrink()

    def _has_enough_idle(self) -> bool:
        return not self._waiting and len(self._idle) >= self.options["MAX_CACHED"]

    def _shrink(self) -> None:
        oldest: Any = self._idle[0].dbapi_connection
        too_long = time.monotonic() - oldest.idle_since > IDLE_LIMIT
        if too_long and len(self._idle) > self.options["MIN_CACHED"]:
            self._expel(self._idle.popleft())

    def _expel(self, record: Record) -> None:
        """It keeps its slot until it is closed: the cap counts open connections."""
        self._lent[record] = Loan()
        self._surplus.append(record)

    def _close_surplus(self) -> None:
        while self._surplus:
            try:
                record = self._surplus.popleft()
            except IndexError:
                return
            record.close()
            self._returned.append(record)
