"""Tells an outage of the database (503) from a mistake in a statement or its values (500).

Guarantees: the number decides, not the class that the driver or Django gives the error: mysqlclient
raises both 1366 and 2006 as OperationalError. An error that is on neither list of mysql_errors.py
is permanent, so that no visitor is asked to try again in vain, and its traceback is logged.
"""

import errno
import re
import sqlite3

from django.db import Error

from core.failures.mysql_errors import TEMPORARY
from core.failures.read_only import READ_ONLY_NUMBERS, read_only_variable

# 1030 carries a second number: Got error 28 "No space left on device" from storage engine InnoDB.
# Below 120 it is the operating system's, from there on the storage engine's.
ENGINE_ERROR = 1030
SECOND_NUMBER = re.compile(r"\berror:? (\d+)\b")
# 122 is not EDQUOT here: a storage engine's own error of that number means "internal error".
FULL = {
    errno.ENOMEM,
    errno.ENFILE,
    errno.EMFILE,
    errno.ENOSPC,
    128,  # out of memory
    135,  # the file of the rows is full
    136,  # the file of the index is full
}
# A file that is locked, or cannot be opened, read or written now. Of an extended code the lowest
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
LONGEST_TEXT = 500  # characters of an error's text in a line of the log


def is_temporary(error: BaseException | None) -> bool:
    """Whether this is a database error that may not occur again if the request is repeated.

    An error that is not a server's, such as PoolTimeout, says so by `temporary = True`.
    """
    if not isinstance(error, Error):
        return False
    if (number := error_number(error)) is None:
        return getattr(error, "temporary", False) or _is_sqlite_outage(error)
    if number in READ_ONLY_NUMBERS:
        return bool(read_only_variable(error))
    if number == ENGINE_ERROR:
        return _is_full(error)
    return number in TEMPORARY


def is_busy(error: BaseException) -> bool:
    """Whether the database answers but had no connection for this request, as a PoolTimeout says by
    `is_busy = True`."""
    return getattr(error, "is_busy", False)


def error_number(error: BaseException) -> int | None:
    """The server's or the client library's number; None for SQLite and for this site's errors."""
    number = error.args[0] if error.args else None
    return number if isinstance(number, int) else None


def cause(error: BaseException) -> str:
    """`DataError 1366: Incorrect string value …`: one short line for the log."""
    number = error_number(error)
    text = str(error.args[-1]) if error.args else ""
    name = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
    return f"{name}: {' '.join(text.split())[:LONGEST_TEXT]}"


def _is_full(error: Error) -> bool:
    """Whether a 1030 says that disk, memory or file handles are used up."""
    found = SECOND_NUMBER.search(str(error.args[-1]))
    return found is not None and int(found[1]) in FULL


def _is_sqlite_outage(error: Error) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    if code is None:
        return "locked" in str(error)
    return code & 0xFF in SQLITE_TEMPORARY
