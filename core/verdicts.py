"""What a statement may write, judged by its text (Flask has no counterpart).

Promises: a statement counts as a read, or as a write to one table of the site's own models, only
where its whole text shows it: one statement of a known form that calls nothing but functions
which the database brings along. Any other may write everything, and may have committed what was
before it: procedures, views, DDL, several tables, several statements, what nobody thought of.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection

from core.generations import generations
from core.sql_words import HARMLESS


class Verdict(NamedTuple):
    """`mask` are the subjects that may be written; `by_hand` is whether from here on a
    transaction runs of which Django does not know, None if this statement changes nothing there;
    `goes_on` is whether the server may still be at it when its first result is there."""

    mask: int
    by_hand: bool | None = None
    goes_on: bool = False


READ = Verdict(0)
UNCLEAR = ";;"  # in no statement of a known form
FLAGS = re.ASCII | re.IGNORECASE | re.DOTALL  # to a server \u00a0 is no blank, and \u017f no S
BLANKS = " \t\n\v\f\r"

# What holds no SQL: the contents of quotes, unless they are a mere name, and comments, unless
# the server executes them. `--x` is a comment to SQLite and not to MySQL, `#` the other way round.
QUIET = re.compile(
    r"(?=[`\"'#/-])(?:(?P<name>(?P<mark>[`\"])\w++(?P=mark))"
    r"|'(?>(?:[^']|'')*)'|\"(?>(?:[^\"]|\"\")*)\"|`(?>(?:[^`]|``)*)`"
    r"|--(?=[ \t\n\v\f\r]|\Z)[^\n]*+|(?P<hash>#)[^\n]*+"
    r"|/\*(?!M?!).*?\*/|(?P<unclear>--|/\*(?!M?!).*+))",
    re.ASCII | re.DOTALL,
)
HIDES = re.compile(r"--|#|/\*|\bWITH\b", FLAGS)
ONE = r"[^;]*+;?\s*+\Z"  # the rest of a single statement
READS = re.compile(
    r"[\s(]*+(SELECT|SHOW|SAVEPOINT|RELEASE|ROLLBACK\s++((WORK|TRANSACTION)\s++)?TO|USE|VALUES"
    r"|(EXPLAIN|DESC|DESCRIBE)(?!.*\bANALYZE\b)"
    r"|SET(?!\s+(STATEMENT|PASSWORD|DEFAULT)\b|.*\bAUTOCOMMIT\b)"
    rf"|WITH(?!.*\b(UPDATE\b|DELETE\b|(INSERT|REPLACE)\b(?!\())))\b{ONE}",
    FLAGS,
)
PRAGMA = re.compile(rf"\s*+PRAGMA\b{ONE}", FLAGS)
ONE_TABLE = re.compile(
    r"\s*+(?:INSERT\s++(?:OR\s++)?(?:IGNORE\s++)?INTO|REPLACE\s++INTO|UPDATE|DELETE\s++FROM)\s++"
    r"(?P<quote>[`\"]?)(?P<table>\w++)(?P=quote)"
    rf"(?P<rest>(?:\s*+\(|\s++(?:VALUES?|SELECT|SET|DEFAULT|WHERE)\b|(?=\s*+;?\s*+\Z)){ONE})",
    FLAGS,
)
WITH = re.compile(r"\s*+WITH\b", FLAGS)
COLUMNS = re.compile(  # WITH x (n) AS (…)
    r"(?<![\w`\"])[\w`\"]++\s*+\([^()]*+\)(?=\s*+AS\s*+\()", FLAGS
)
LAST_WORD = re.compile(r"[\w$@:`\"\x80-\U0010ffff]*+\Z", re.ASCII)
LONG = 66  # characters: no name has so many
LAST_LOGIN = re.compile(r"\s*+SET\s++[`\"]last_login[`\"] = %s WHERE ", FLAGS)

BEGINS = re.compile(
    r"\s*+(BEGIN(?!\s+NOT\b)|START\s++TRANSACTION|XA\s++(START|BEGIN)"
    rf"|(COMMIT|ROLLBACK)\b(?=[^;]*?\bAND\s++CHAIN\b))\b{ONE}",
    FLAGS,
)
ENDS = re.compile(rf"\s*+((XA\s++)?(COMMIT|ROLLBACK)|END)\b{ONE}", FLAGS)
EXECUTED = re.compile(r"/\*M?!\d*+|\*/", FLAGS)
SEVERAL = re.compile(r";(?!\s*+\Z)|/\*", FLAGS)
BEGUN = re.compile(r"\b(BEGIN(?=\s*+(WORK\b|[;#/-]|\Z))|TRANSACTION|XA|CHAIN)\b", FLAGS)


@lru_cache(maxsize=2048)
def verdict(sql: str | bytes) -> Verdict:
    """Kept for the text alone: a process has one database, and so one vendor."""
    return judge(sql)


def judge(sql: str | bytes) -> Verdict:
    code = code_of(sql.decode(errors="replace") if isinstance(sql, bytes) else sql)
    if SEVERAL.search(code):
        return of_everything(by_hand=begins_within(code), goes_on=True)
    if is_read(code):
        return READ
    if BEGINS.match(code):
        return of_everything(by_hand=True)
    if ENDS.match(code):
        return of_everything(by_hand=False)
    found = ONE_TABLE.match(code)
    if not found or calls_unknown(found["rest"]):
        return of_everything(goes_on=True)
    return of_table(found["table"].lower(), found["rest"]) or of_everything(goes_on=True)


def of_everything(*, by_hand: bool | None = None, goes_on: bool = False) -> Verdict:
    return Verdict(generations().everything, by_hand, goes_on)


def code_of(sql: str) -> str:
    """Without what holds no SQL. To MySQL a backslash may hide the end of a quote: there all of
    the text counts as SQL. To SQLite `[` opens a quote, whose contents may hide another."""
    if "\\" in sql and connection.vendor != "sqlite":
        return UNCLEAR + sql if HIDES.search(sql) else sql
    code = QUIET.sub(quiet, sql)
    return UNCLEAR + code if "[" in code else code


def quiet(found: re.Match[str]) -> str:
    if found["name"]:
        return found[0]
    if found["unclear"] or (found["hash"] and connection.vendor == "sqlite"):
        return UNCLEAR
    return 2 * found[0][0] if found[0][0] in "'\"`" else " "


def begins_within(code: str) -> bool | None:
    """One text may begin a transaction and leave it open. SQLite takes a single statement only."""
    if connection.vendor == "sqlite":
        return None
    return True if BEGUN.search(EXECUTED.sub(" ", code)) else None


def is_read(code: str) -> bool:
    return bool(PRAGMA.match(code) or (READS.match(code) and not calls_unknown(code)))


def calls_unknown(code: str) -> bool:
    """A function that may be a stored one: of an unknown name, quoted, or of a schema."""
    if WITH.match(code):
        code = COLUMNS.sub("", code)
    harmless = HARMLESS[connection.vendor]
    return any(ends_unknown(each.rstrip(BLANKS), harmless) for each in code.split("(")[:-1])


def ends_unknown(before: str, harmless: frozenset[str]) -> bool:
    if before[-1:] in ",=)":  # or nothing at all: most of them
        return False
    word = LAST_WORD.search(before[-LONG:])[0]  # type: ignore[index]
    if not word:
        return False  # another operator
    if not word.isascii() or word.upper() not in harmless:
        return True
    return before.removesuffix(word).rstrip(BLANKS).endswith(".")


def of_table(table: str, rest: str) -> Verdict | None:
    """None for a table of nobody's: it may be a view of ours."""
    every = settings.GENERATIONS.items()
    named = [subject for subject, tables in every if table in map(str.lower, tables)]
    if not named and table not in own_tables():
        return None
    if LAST_LOGIN.match(rest):  # each sign-in writes it, and nothing that is kept shows it
        return READ
    return Verdict(generations().mask(named))


def own_tables() -> set[str]:
    if not apps.models_ready:
        return set()
    models = apps.get_models(include_auto_created=True)
    return {each._meta.db_table.lower() for each in models if each._meta.managed}
