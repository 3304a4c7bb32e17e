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

LOOKS_BACK = re.compile(
    r"\b(LAST_INSERT_ID|LASTVAL|FOUND_ROWS|ROW_COUNT)\s*\("
    r"|\s*SHOW\s+(COUNT\s*\(.*\)\s*)?(WARNINGS|ERRORS)\b"
    r"|@@(SESSION\.)?(IDENTITY|LAST_INSERT_ID|WARNING_COUNT|ERROR_COUNT)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def looks_back(sql: str) -> bool:
    """Does the answer depend on the statement before it in the same session?"""
    return bool(LOOKS_BACK.search(sql))


@lru_cache(maxsize=2048)
def is_harmless(sql: str) -> bool:
    return bool(HARMLESS.match(sql)) and not TRACES.search(sql)
