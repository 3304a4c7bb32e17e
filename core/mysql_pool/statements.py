"""Recognizes SQL that leaves no trace in its session, and SQL that reads what another has left.

Guarantees: only statements of an allow-list are harmless. A statement that may touch user
variables, locks, temporary tables, the default database, session settings, an open transaction or
LAST_INSERT_ID() is not. A wrong "not harmless" costs a reset of the connection; a wrong "harmless"
would cost a wrong row. What a trigger or a stored function does is not seen.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

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


class Traits(NamedTuple):
    """The properties of one SQL text that the pool acts on."""

    is_harmless: bool  # leaves no trace in its session
    looks_back: bool  # its answer depends on the statement before it in the same session
    asks_insert_id: bool  # LAST_INSERT_ID() alone outlasts statements that generate no id
    makes_insert_id: bool


PLAIN = Traits(True, False, False, False)  # of nearly every SELECT


@lru_cache(maxsize=2048)
def traits(sql: str) -> Traits:
    """Of SQL without its parameters' values: there are few such texts. PLAIN itself if equal."""
    found = Traits(
        bool(HARMLESS.match(sql)) and not TRACES.search(sql),
        bool(LOOKS_BACK.search(sql)),
        bool(INSERT_ID.search(sql)),
        bool(MAKES_ID.search(sql)),
    )
    return PLAIN if found == PLAIN else found


def text_of(sql: Any) -> str:
    """A statement as text. MySQL's driver takes bytes too, whose repr() would have other quotes
    and no line breaks."""
    return bytes(sql).decode(errors="replace") if isinstance(sql, bytes | bytearray) else str(sql)
