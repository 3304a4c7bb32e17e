"""The lease that a borrower holds in place of the driver's connection, and its slot of the pool.

Guarantees: `close()` checks the connection in, as does the garbage collector once nothing refers to
the lease; a lease that has ended gives access to no connection. It replaces SQLAlchemy's
_ConnectionFairy, which registers a finalizer and sends two events at each check-out.
"""

import sys
from typing import Any

from MySQLdb import InterfaceError  # type: ignore[import-untyped]
from sqlalchemy.pool.base import _ConnectionRecord


class Slot(_ConnectionRecord):
    """A place in the pool, with or without an open connection, and since when it is checked out."""

    __slots__ = ("deadline", "pool", "reported", "since", "thread")

    def __init__(self, pool: Any) -> None:
        super().__init__(pool, connect=False)
        self.pool = pool
        self.deadline = self.since = 0.0  # time.monotonic(); since 0: not checked out
        self.reported = 0.0  # the `since` of the last check-out that was reported as too long
        self.thread = 0


class Lease:
    __slots__ = ("_slot", "dbapi_connection", "has_made_id", "is_used", "thread")

    def __init__(self, slot: Slot) -> None:
        self._slot, self.thread = slot, slot.thread
        self.dbapi_connection: Any = slot.dbapi_connection
        self.is_used = False  # a statement has run
        self.has_made_id = False  # a statement has run that may have given a row its id

    def __getattr__(self, name: str) -> Any:
        if self.dbapi_connection is None:
            raise InterfaceError(0, "this connection has gone back to the pool")
        return getattr(self.dbapi_connection, name)

    def reset(self) -> None:
        """Makes the session new, without what the last borrower has left in its memory."""
        self._slot.pool.connector.reset(self.dbapi_connection)

    def close(self) -> None:
        slot, self._slot = self._slot, None  # type: ignore[assignment]
        if slot is not None:
            self.dbapi_connection = None
            slot.pool.check_in(slot)

    def __del__(self) -> None:
        if self._slot is not None and not sys.is_finalizing():
            self.close()
