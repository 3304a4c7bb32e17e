"""What a borrower holds instead of the driver's connection, and the slot it came from.

Promises: `close()` gives the connection back, as does the garbage collector when nobody refers
to the loan any more; after that it lends nothing. It is SQLAlchemy's _ConnectionFairy without
what each loan would pay for: a finalizer in a global registry, and events of checkout and checkin.
"""

import sys
from typing import Any

from MySQLdb import InterfaceError  # type: ignore[import-untyped]
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.pool.base import _ConnectionRecord


class Record(_ConnectionRecord):
    """A slot of the pool, with or without an open connection; how long it has been lent."""

    __slots__ = ("deadline", "reported", "since", "thread")

    def __init__(self, pool: Any) -> None:
        super().__init__(pool, connect=False)
        self.deadline = self.since = 0.0  # since 0: not lent
        self.thread, self.reported = 0, False


class Loan(PoolProxiedConnection):
    __slots__ = ("_pool", "_record", "dbapi_connection", "made_id", "used")

    def __init__(self, pool: Any, record: Record) -> None:
        self._pool, self._record = pool, record
        self.dbapi_connection: Any = record.dbapi_connection
        self.used = False  # a statement has run
        self.made_id = False  # and one that may have given a row its id

    @property
    def driver_connection(self) -> Any:  # type: ignore[override]
        return self.dbapi_connection

    @property
    def is_valid(self) -> bool:
        return self.dbapi_connection is not None

    def __getattr__(self, name: str) -> Any:
        if self.dbapi_connection is None:
            raise InterfaceError(0, "this connection has gone back to the pool")
        return getattr(self.dbapi_connection, name)

    def cursor(self, *args: Any) -> Any:
        connection = self.dbapi_connection
        if connection is None:
            return self.__getattr__("cursor")
        return connection.cursor(*args)

    def start_over(self) -> None:
        """A session as new, without what the borrower before has left in its memory."""
        self._pool.connector.start_over(self.dbapi_connection)

    def close(self) -> None:
        record, self._record = self._record, None  # type: ignore[assignment]
        if record is not None:
            self.dbapi_connection = None
            self._pool.give_back(record)

    def __del__(self) -> None:
        if self._record is not None and not sys.is_finalizing():
            self.close()
