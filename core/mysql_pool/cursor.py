"""Django's MySQL cursor, which vouches for statements that leave no trace in the session.

Promises: it judges the SQL without the parameters' values. A cursor that outlives the loan of
its connection raises InterfaceError instead of using what is by then another borrower's.
"""

from typing import Any

from django.db.backends.mysql.base import CursorWrapper
from MySQLdb import Error, InterfaceError  # type: ignore[import-untyped]

from core.mysql_pool.statements import is_harmless


class Cursor(CursorWrapper):
    def __init__(self, loan: Any) -> None:
        super().__init__(loan.cursor())
        self.loan = loan

    def execute(self, query: Any, args: Any = None) -> Any:
        return self._vouched(super().execute, query, args)

    def executemany(self, query: Any, args: Any) -> Any:
        return self._vouched(super().executemany, query, args)

    def _vouched(self, run: Any, query: Any, args: Any) -> Any:
        connection = self.loan.dbapi_connection
        if connection is None:
            raise InterfaceError(0, "this cursor's connection has gone back to the pool")
        connection.vouched = isinstance(query, str) and is_harmless(query)
        try:
            return run(query, args)
        except Error:
            raise
        except BaseException:  # interrupted: nobody knows what the server still sends
            connection.dirty = True
            raise
        finally:
            connection.vouched = False

    def close(self) -> None:
        if self.loan.dbapi_connection is None:
            self.cursor.connection = None  # close() would ask it for further results
        self.cursor.close()
