"""Django's MySQL cursor, which vouches for statements that leave no trace in the session.

Promises: it judges the SQL without the parameters' values. A cursor that outlives the loan of
its connection raises InterfaceError instead of using what is by then another borrower's. A
statement that looks back sees what its own borrower did, never what one before him did.
"""

from typing import Any

from django.db.backends.mysql.base import CursorWrapper
from MySQLdb import Error, InterfaceError, ProgrammingError  # type: ignore[import-untyped]
from MySQLdb.cursors import SSCursor  # type: ignore[import-untyped]

from core.invalidation.sql_classifier import Verdict, everything
from core.invalidation.write_hooks import TrackedCursor
from core.mysql_pool.statements import (
    asks_insert_id,
    is_harmless,
    looks_back,
    makes_insert_id,
)


class PoolCursor(CursorWrapper):
    def __init__(self, wrapper: Any, unbuffered: bool = False) -> None:
        self.wrapper, self.loan = wrapper, wrapper.connection
        self.is_unbuffered = unbuffered
        self.cursor = self.loan.cursor(SSCursor) if unbuffered else self.loan.cursor()

    def execute(self, query: Any, args: Any = None) -> Any:
        return self._vouched(CursorWrapper.execute, query, args)

    def executemany(self, query: Any, args: Any) -> Any:
        return self._vouched(CursorWrapper.executemany, query, args)

    def _vouched(self, run: Any, query: Any, args: Any) -> Any:
        connection = self.loan.dbapi_connection
        if connection is None:
            raise InterfaceError(0, "this cursor's connection has gone back to the pool")
        self._look_at_ones_own(query)
        connection.vouched = isinstance(query, str) and is_harmless(query)
        try:
            return run(self, query, args)
        except Error:
            raise
        except BaseException:  # interrupted: nobody knows what the server still sends
            connection.dirty = True
            raise
        finally:
            connection.vouched = False

    def _look_at_ones_own(self, query: Any) -> None:
        """What the session remembers may be another borrower's until this one has done it."""
        loan, sql = self.loan, str(query)  # of bytes their repr, which shows the same words
        if looks_back(sql):
            if not loan.used:
                self._forget_the_last_borrower()
            elif not loan.made_id and asks_insert_id(sql):
                loan.dbapi_connection.vouched = True
                loan.dbapi_connection.query("DO LAST_INSERT_ID(0)")
        loan.used, loan.made_id = True, loan.made_id or makes_insert_id(sql)

    def _forget_the_last_borrower(self) -> None:
        if self.wrapper.releases_early:
            raise ProgrammingError(
                "This statement looks back at the one before, which may have run on another "
                "connection (DB_POOL_RELEASE=transaction): put both into transaction.atomic()."
            )
        self.loan.start_over()
        self.wrapper._set_autocommit(self.wrapper.autocommit)

    def close(self) -> None:
        if self.loan.dbapi_connection is None:
            self.cursor.connection = None  # close() would ask it for further results
        try:
            self.cursor.close()
        finally:
            if self.wrapper.releases_early:
                self.wrapper.cursor_closed(self)


class Cursor(TrackedCursor, PoolCursor):
    """A cursor whose writes the caches are told of."""

    def __init__(self, wrapper: Any, unbuffered: bool = False) -> None:
        super().__init__(wrapper, unbuffered)
        self.tracker = wrapper.write_tracker

    def callproc(self, name: str, args: Any = ()) -> Any:
        return self.track(everything(), f"CALL {name}", self.cursor.callproc, name, args)

    def may_write_late(self, verdict: Verdict, sql: Any) -> bool:
        """Statements with several results, and one whose rows are fetched one by one."""
        return verdict.late or self.is_unbuffered
