"""The one table of database errors: which are an outage (503), and which are a mistake (500).

A temporary error comes from the state of the server or of the connection: the same request may
succeed later. A permanent one comes from the statement or its values: it fails each time, and the
log has to say so. Names and numbers are MariaDB's and MySQL's; from 2000 on, the client library's.

Promises: the number decides, not the class that the driver or Django gives it: under mysqlclient
1366 is an OperationalError, as is 2006. An error that is on neither list is permanent, so that
nobody is told to come back for what will never work, and so that its traceback is logged.
"""

from django.db import Error

from core.failures.full_disk import ENGINE_ERROR, is_full
from core.failures.read_only import READ_ONLY_NUMBERS, read_only_variable
from core.failures.sqlite_errors import is_sqlite_outage

UNREACHABLE = {
    2001: "socket cannot be created",
    2002: "no server at the socket file, or connection refused",
    2003: "no server at the host and port",
    2004: "TCP socket cannot be created",
    2005: "unknown host",
    2006: "server has gone away",
    2013: "connection lost during a query",
}
REFUSED = {
    1044: "account may not use the database",
    1045: "wrong account or password",
    1698: "account signs in another way",
}
NO_DATABASE = {1049: "unknown database"}
CONNECTION = {
    1042: "address of the client cannot be resolved",
    1043: "bad handshake",
    1047: "node is not ready (Galera)",
    1053: "server is shutting down",
    1077: "server has shut down normally",
    1079: "server has shut down",
    1080: "server closes the connection",
    1129: "host is blocked after errors",
    1130: "host may not connect",
    1152: "connection aborted",
    1156: "packets out of order",
    1157: "packet cannot be uncompressed",
    1158: "packet cannot be read",
    1159: "packet was not read in time",
    1160: "packet cannot be written",
    1161: "packet was not written in time",
    1184: "new connection aborted",
    1251: "client cannot sign in as the server asks",
    1524: "authentication plugin is not loaded",
    1820: "password must be changed",
    1862: "password has expired",
    1927: "connection was killed (MariaDB)",
    2000: "unknown error of the client library",
    2009: "wrong information about the host",
    2010: "local connection failed",
    2011: "TCP connection failed",
    2012: "handshake failed",
    2026: "TLS connection failed",
    2027: "malformed packet",
    2055: "connection lost, with the operating system's error",
    2059: "authentication plugin cannot be loaded",
    2061: "authentication plugin failed",
    3032: "server is in offline mode (MySQL)",
    3118: "account is locked (MySQL)",
    3159: "connections must use TLS (MySQL)",
    3168: "server is not available (MySQL)",
    3169: "session was killed (MySQL)",
    4031: "connection was idle for too long (MySQL)",
    4151: "account is locked (MariaDB)",
    5013: "network read failed",
    5014: "network write failed",
    9001: "no server of the group answered in time (ProxySQL)",
}
ROOM = {
    3: "file cannot be written",
    20: "disk is full",
    128: "out of memory",
    135: "file of the rows is full",
    136: "file of the index is full",
    1021: "disk is full",
    1026: "file cannot be written",
    1030: "no disk or memory is left; permanent for any other error of a storage engine",
    1037: "out of memory",
    1040: "too many connections",
    1041: "out of memory",
    1114: "table is full: no disk or memory is left",
    1135: "no thread can be created",
    1203: "account has too many connections",
    1206: "more locks than the lock table holds",
    1226: "account has used up one of its limits",
    1637: "too many concurrent transactions",
    2008: "client is out of memory",
}
# The server has rolled back, or done nothing: the same transaction may be tried again.
VICTIMS = {
    1020: "row has changed since it was read",
    1205: "lock wait timeout",
    1213: "deadlock",
}
LOCKS = {
    1180: "commit failed",
    1223: "somebody holds a global read lock",
    1412: "table was altered meanwhile",
    1613: "XA transaction timed out",
    1614: "XA transaction was rolled back by a deadlock",
    1615: "statement must be prepared again",
    1689: "wait for a lock was aborted",
    3058: "deadlock of user locks (MySQL)",
    3101: "group replication rolled back (MySQL)",
    3572: "row is locked and NOWAIT was asked for (MySQL)",
}
TIME = {
    1317: "query was interrupted",
    1907: "query took too long",
    1969: "max_statement_time is over (MariaDB)",
    3024: "max_execution_time is over (MySQL)",
}
READ_ONLY = {
    1036: "table is read-only: innodb_read_only (MariaDB)",
    1290: "read_only or super_read_only; permanent for any other option",
    1836: "server is in read-only mode",
}
TEMPORARY = {
    **UNREACHABLE,
    **REFUSED,
    **NO_DATABASE,
    **CONNECTION,
    **ROOM,
    **VICTIMS,
    **LOCKS,
    **TIME,
    **READ_ONLY,
}

TOO_LONG = {1153: "statement above max_allowed_packet", 2020: "packet above max_allowed_packet"}
KEY_TOO_LONG = {
    1071: "key is too long",
    1709: "column of an index is too long for the table's row format",
}
NO_TABLE = {1146: "no such table"}
# Until it is repaired, or restored from a backup, each statement on the table fails.
CORRUPTED = {
    126: "index is corrupted",
    127: "row is corrupted",
    130: "file has a wrong format",
    132: "file is of an old version",
    134: "row was already deleted",
    138: "extension is not known",
    140: "options of the table are wrong",
    144: "table is crashed, and its last repair failed",
    145: "table is crashed",
    1033: "definition of the table is damaged",
    1034: "index is corrupted",
    1035: "index is of an old version",
    1194: "table is crashed",
    1195: "table is crashed, and its last repair failed",
    1712: "index is corrupted",
    1877: "table is corrupted",
    1932: "table is missing in its storage engine",
}
VALUES = {
    1048: "NULL in a column that takes none",
    1062: "duplicate key",
    1263: "NULL in a column that takes none",
    1264: "value out of range",
    1265: "value was cut",
    1267: "mix of collations",
    1292: "wrong value for the type",
    1300: "text is not valid in its character set",
    1364: "column has no default",
    1365: "division by zero",
    1366: "value does not fit the column or its character set",
    1406: "value is too long",
    1411: "value cannot be converted",
    1451: "row is still referred to",
    1452: "row refers to none",
    1690: "number out of range",
    3140: "text is no JSON (MySQL)",
    3819: "check constraint is violated (MySQL)",
    4025: "constraint is violated (MariaDB)",
}
STATEMENTS = {
    1038: "sort buffer is too small for the rows",
    1046: "no database is selected",
    1050: "table exists",
    1051: "unknown table",
    1052: "column is ambiguous",
    1054: "unknown column",
    1055: "column is not in GROUP BY",
    1060: "column exists",
    1061: "index exists",
    1064: "syntax error",
    1072: "key column does not exist",
    1091: "column or index does not exist",
    1099: "table is locked for reading by this session",
    1100: "table was not locked by this session",
    1105: "unknown error",
    1109: "unknown table in the statement",
    1118: "row is too large",
    1136: "number of columns and values differ",
    1142: "command is denied on the table",
    1143: "command is denied on the column",
    1144: "account may not grant this",
    1149: "syntax error",
    1227: "a privilege is missing",
    1305: "no such function or procedure",
    1370: "routine is denied",
    1792: "write in a READ ONLY transaction",
    2014: "commands out of sync",
    2019: "character set cannot be used",
}
PERMANENT = {**TOO_LONG, **KEY_TOO_LONG, **NO_TABLE, **CORRUPTED, **VALUES, **STATEMENTS}

LONGEST_TEXT = 500  # characters of an error's text in a line of the log


def is_temporary(error: BaseException | None) -> bool:
    """Whether this is a database's error that may be gone when the request is sent again.

    An error that is none of a server's, such as PoolTimeout, says it by `temporary = True`.
    """
    if not isinstance(error, Error):
        return False
    if (number := error_number(error)) is None:
        return getattr(error, "temporary", False) or is_sqlite_outage(error)
    if number in READ_ONLY_NUMBERS:
        return bool(read_only_variable(error))
    if number == ENGINE_ERROR:
        return is_full(error)
    return number in TEMPORARY


def is_busy(error: BaseException) -> bool:
    """Whether the database answers, but had no connection for this request: a PoolTimeout says it
    by `is_busy = True`."""
    return getattr(error, "is_busy", False)


def error_number(error: BaseException) -> int | None:
    """The server's or the client library's number; None for SQLite and for errors of our own."""
    number = error.args[0] if error.args else None
    return number if isinstance(number, int) else None


def cause(error: BaseException) -> str:
    """`DataError 1366: Incorrect string value …`, in one short line for the log."""
    number = error_number(error)
    text = str(error.args[-1]) if error.args else ""
    name = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
    return f"{name}: {' '.join(text.split())[:LONGEST_TEXT]}"
