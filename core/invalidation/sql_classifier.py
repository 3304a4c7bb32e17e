"""Classifies an SQL statement: which cache subjects it may write, by its leading words.

A statement of a known reading form writes nothing. INSERT, UPDATE, DELETE or REPLACE on one table
of an installed model writes that table's subject. Every other statement may write everything.
Functions are not looked at: a stored function that writes goes unseen (see
docs/caching-invalidation.md).
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from core import subjects
from core.invalidation.generations import EVERYTHING, bit
from core.mysql_pool.statements import text_of
from core.subjects import NEVER_CACHED


class Verdict(NamedTuple):
    """`mask` holds the subjects that may be written. `opens` is True if raw SQL may have opened a
    transaction, False if it ended one, None otherwise. `late` is True if it may have committed what
    was before it, and the server may still be writing when execute() returns."""

    mask: int
    opens: bool | None = None
    late: bool = False


READ = Verdict(0)
OPENED, CLOSED = Verdict(0, opens=True), Verdict(0, opens=False)
COMMITS = Verdict(0, late=True)
# ASCII: a server does not read \u00a0 as a blank, nor \u017f as an S.
FLAGS = re.ASCII | re.IGNORECASE | re.DOTALL
READING = re.compile(
    r"[\s(]*+(SELECT|VALUES|SHOW|USE|PRAGMA|SAVEPOINT|RELEASE"
    r"|ROLLBACK\s++((WORK|TRANSACTION)\s++)?TO|(EXPLAIN|DESC|DESCRIBE)(?!.*\bANALYZE\b)"
    r"|SET(?=\s++(?!(STATEMENT|PASSWORD|DEFAULT)\b)[\w@`])"  # a comment may hide STATEMENT
    r"|WITH(?!.*\b(INSERT|UPDATE|DELETE|REPLACE)\b))\b",
    FLAGS,
)
ONE_TABLE = re.compile(
    r"\s*+(INSERT\s++(OR\s++\w++\s++)?(IGNORE\s++)?INTO|REPLACE\s++INTO|UPDATE|DELETE\s++FROM)\s++"
    r"(?P<quote>[`\"]?)(?P<table>\w++)(?P=quote)"
    r"(?P<rest>\s*+\(|\s++(VALUES?|SELECT|SET|DEFAULT|WHERE)\b|\s*+;?\s*+\Z)",
    FLAGS,
)
SEVERAL = re.compile(r";(?!\s*+\Z)|/\*M?!", FLAGS)  # also MySQL's comments that are executed
OPENING = re.compile(r"\s*+(BEGIN|START\s++TRANSACTION)\b", FLAGS)
CLOSING = re.compile(r"\s*+(COMMIT|ROLLBACK|END)\b", FLAGS)
AUTOCOMMIT = re.compile(r"\bAUTOCOMMIT\b", FLAGS)
MAY_OPEN = re.compile(
    r"(?<![a-z_])(BEGIN(?=\s*+(WORK\b|[;#/*-]|\Z))|TRANSACTION|XA|(?<!NO )CHAIN)\b", FLAGS
)
LONE_COLUMN = re.compile(r"\s*+SET\s++[`\"](\w++)[`\"] = %s WHERE\b", FLAGS)


@lru_cache(maxsize=2048)
def only_reads(text: str) -> bool:
    """Whether it is one statement of a reading form, except SET; cached, since each query asks."""
    found = READING.match(text)
    return bool(found and found[1].upper() != "SET" and not SEVERAL.search(text))


def classify(sql: Any) -> Verdict:
    """The subjects that `sql` may write. Parameters are never part of it, so a quoted `;` is rare
    and counts as a second statement."""
    text = text_of(sql)
    if only_reads(text):
        return READ
    if (";" in text or "/*" in text) and SEVERAL.search(text):
        return everything(text)
    if READING.match(text):  # SET
        return COMMITS if AUTOCOMMIT.search(text) else READ
    if found := ONE_TABLE.match(text):
        return of_table(found) or everything(text)
    if OPENING.match(text):
        return OPENED
    if CLOSING.match(text):
        return OPENED if MAY_OPEN.search(text) else CLOSED
    return everything(text)


def of_table(found: re.Match[str]) -> Verdict | None:
    """None for a table of no installed model: it may be a view on one that is cached."""
    table = subjects.table(found["table"])
    if table is None:
        return None
    column = table.ignores and LONE_COLUMN.match(found.string, found.start("rest"))
    if table.subject == NEVER_CACHED or (column and column[1] in table.ignores):
        return READ
    return Verdict(bit(table.subject))


def everything(text: str = "") -> Verdict:
    """Also what `text` may open: a script, or a comment that the server executes."""
    opens = True if MAY_OPEN.search(text) else None
    return Verdict(EVERYTHING, opens, late=True)
