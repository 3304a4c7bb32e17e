"""Recognizes an outage among SQLite's errors: a file that cannot be used just now."""

import sqlite3

from django.db import Error

# A file that is locked, cannot be opened, read or written just now. Of an extended code the lowest
# byte counts.
SQLITE_TEMPORARY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


def is_sqlite_outage(error: Error) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    if code is None:
        return "locked" in str(error)
    return code & 0xFF in SQLITE_TEMPORARY
