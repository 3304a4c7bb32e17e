"""Which SQL leaves no trace in its session: an allow-list, so that what is unknown does.

Promises: False for any statement that may touch user variables, locks, temporary tables, the
default database, session settings, an open transaction or LAST_INSERT_ID(). False too often
costs a reset of the connection; True once too often would cost a wrong row. What a trigger or
a stored function does is not seen.
"""

import re
from functools import lru_cache

HARMLESS = re.compile(
    r"[\s(]*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|VALUES|SHOW|EXPLAIN|DESCRIBE|DESC"
    r"|SAVEPOINT|RELEASE\s+SAVEPOINT|ROLLBACK\s+TO\s+SAVEPOINT)\b",
    re.IGNORECASE,
)
TRACES = re.compile(
    r"(?<!@)@(?!@)"  # a user variable; @@ reads a setting
    r"|;(?!\s*\Z)"  # a second statement
    r"|/\*M?!"  # a comment the server executes
    r"|\b(GET_LOCK|RELEASE_LOCK|RELEASE_ALL_LOCKS)\b"
    r"|\bLAST_INSERT_ID\b(?!\s*\(\s*\))",  # with an argument it sets the value
    re.IGNORECASE,
)

GAP = r"(?:\s|/\*.*?\*/)"
INSERT_ID = re.compile(
    rf"\bLAST_INSERT_ID`?{GAP}*\(|@@(\w+{GAP}*\.)?{GAP}*`?(IDENTITY|LAST_INSERT_ID)\b",
    re.IGNORECASE | re.DOTALL,
)
LOOKS_BACK = re.compile(
    INSERT_ID.pattern + rf"|\b(LASTVAL|FOUND_ROWS|ROW_COUNT)`?{GAP}*\("
    rf"|\bPREVIOUS{GAP}+VALUE{GAP}+FOR\b"
    rf"|\bSHOW{GAP}+(COUNT{GAP}*\(.*\){GAP}*)?(WARNINGS|ERRORS)\b"
    rf"|\bGET{GAP}+(\w+{GAP}+)?DIAGNOSTICS\b"
    rf"|@@(\w+{GAP}*\.)?{GAP}*`?(WARNING_COUNT|ERROR_COUNT)\b",
    re.IGNORECASE | re.DOTALL,
)
MAKES_ID = re.compile(
    rf"\b(INSERT|REPLACE|LOAD|CALL|EXECUTE)\b|\bLAST_INSERT_ID`?{GAP}*\((?!{GAP}*\))",
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=2048)
def looks_back(sql: str) -> bool:
    """Does the answer depend on the statement before it in the same session?"""
    return bool(LOOKS_BACK.search(sql))


def asks_insert_id(sql: str) -> bool:
    """Of a session's memory this alone outlasts statements that make no id."""
    return bool(INSERT_ID.search(sql))


@lru_cache(maxsize=2048)
def makes_insert_id(sql: str) -> bool:
    return bool(MAKES_ID.search(sql))


@lru_cache(maxsize=2048)
def is_harmless(sql: str) -> bool:
    return bool(HARMLESS.match(sql)) and not TRACES.search(sql)
