"""Django's MySQL cursor, which vouches for statements that leave no trace in the session.

Promises: it judges the SQL without the parameters' values. A cursor that outlives the loan of
its connection raises InterfaceError instead of using what is by then another borrower's.
"""

from typing import Any

from django.db.backends.mysql.base import CursorWrapper
from MySQLdb import Error, InterfaceError, ProgrammingError  # type: ignore[import-untyped]
from MySQLdb.cursors import SSCursor  # type: ignore[import-untyped]

from core.mysql_pool.statements import is_harmless, looks_back


class Cursor(CursorWrapper):
    def __init__(self, wrapper: Any, unbuffered: bool = False) -> None:
        self.wrapper, self.loan = wrapper, wrapper.connection
        self.cursor = self.loan.cursor(SSCursor) if unbuffered else self.loan.cursor()

    def execute(self, query: Any, args: Any = None) -> Any:
        return self._vouched(CursorWrapper.execute, query, args)

    def executemany(self, query: Any, args: Any) -> Any:
        return self._vouched(CursorWrapper.executemany, query, args)

    def _vouched(self, run: Any, query: Any, args: Any) -> Any:
        connection = self.loan.dbapi_connection
        if connection is None:
            raise InterfaceError(0, "this cursor's connection has gone back to the pool")
        if self.wrapper.releases_early:
            self._refuse_looking_back(query)
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

    def _refuse_looking_back(self, query: Any) -> None:
        """The first statement of a loan has no statement before it, but another borrower's."""
        if not self.loan.used and isinstance(query, str) and looks_back(query):
            raise ProgrammingError(
                "This statement looks back at the one before, which may have run on another "
                "connection (DB_POOL_RELEASE=transaction): put both into transaction.atomic()."
            )
        self.loan.used = True

    def close(self) -> None:
        if self.loan.dbapi_connection is None:
            self.cursor.connection = None  # close() would ask it for further results
        try:
            self.cursor.close()
        finally:
            if self.wrapper.releases_early:
                self.wrapper.cursor_closed(self)
