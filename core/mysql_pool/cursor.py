"""Django's MySQL cursor, which tells the driver's connection which statements leave no trace.

Guarantees: it judges the SQL without the parameters' values. A cursor that outlives the lease of
its connection raises InterfaceError instead of using another borrower's. A statement that looks
back (LAST_INSERT_ID(), SHOW WARNINGS) sees what its own borrower did, never another's doing.
"""

from typing import Any

from django.db.backends.mysql.base import CursorWrapper
from MySQLdb import Error, InterfaceError, ProgrammingError  # type: ignore[import-untyped]
from MySQLdb.cursors import SSCursor  # type: ignore[import-untyped]

from core.mysql_pool.statements import PLAIN, Traits, text_of, traits


class PoolCursor(CursorWrapper):
    def __init__(self, wrapper: Any, unbuffered: bool = False) -> None:
        lease = wrapper.connection
        connection = lease.dbapi_connection or lease  # a lease that has ended raises InterfaceError
        self.is_unbuffered = unbuffered
        self.cursor = (SSCursor if unbuffered else connection.cursorclass)(connection)
        self.wrapper, self.lease = wrapper, lease

    def execute(self, query: Any, args: Any = None) -> Any:
        return self._run(CursorWrapper.execute, query, args)

    def executemany(self, query: Any, args: Any) -> Any:
        return self._run(CursorWrapper.executemany, query, args)

    def callproc(self, name: str, args: Any = ()) -> Any:
        return self._run(lambda self, query, args: self.cursor.callproc(name, args), "CALL", args)

    def _run(self, method: Any, query: Any, args: Any) -> Any:
        lease, found = self.lease, traits(query if isinstance(query, str) else text_of(query))
        connection = lease.dbapi_connection
        if connection is None:
            raise InterfaceError(0, "this cursor's connection has gone back to the pool")
        if found is not PLAIN:
            self._prepare(found)
        lease.is_used, connection.vouched = True, found is PLAIN or found.is_harmless
        try:
            return method(self, query, args)
        except Error:
            raise
        except BaseException:  # interrupted: the server may still be sending its answer
            connection.dirty = True
            raise
        finally:
            connection.vouched = False

    def _prepare(self, found: Traits) -> None:
        if found.looks_back:
            self._forget_other_borrowers(found)
        if found.makes_insert_id:
            self.lease.has_made_id = True

    def _forget_other_borrowers(self, found: Traits) -> None:
        """Until this borrower has run a statement, the session remembers another's last one."""
        if not self.lease.is_used:
            self._reset_session()
        elif found.asks_insert_id and not self.lease.has_made_id:
            self.lease.dbapi_connection.vouched = True
            self.lease.dbapi_connection.query("DO LAST_INSERT_ID(0)")

    def _reset_session(self) -> None:
        if self.wrapper.releases_early:
            raise ProgrammingError(
                "This statement looks back at the one before, which may have run on another "
                "connection (DB_POOL_RELEASE=transaction): put both into transaction.atomic()."
            )
        self.lease.reset()
        self.wrapper._set_autocommit(self.wrapper.autocommit)

    def close(self) -> None:
        if self.lease.dbapi_connection is None:
            self.cursor.connection = None  # close() would ask it for further results
        try:
            self.cursor.close()
        finally:
            if self.wrapper.releases_early:
                self.wrapper.cursor_closed(self)
