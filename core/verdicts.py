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

from core.generations import generations
from core.sql_words import HARMLESS


class Verdict(NamedTuple):
    """`mask` are the subjects that may be written; `by_hand` is whether from here on a
    transaction runs of which Django does not know, None if this statement changes nothing there."""

    mask: int
    by_hand: bool | None = None


READ = Verdict(0)
UNCLEAR = ";;"  # in no statement of a known form

# What holds no SQL: the contents of quotes, unless they are a mere name, and comments, unless
# the server executes them. `--x` is a comment to SQLite, and not to MySQL.
QUIET = re.compile(
    r"(?=[`\"'#/-])(?:(?P<name>(?P<mark>[`\"])\w+(?P=mark))|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`"
    r"|--(?=[ \t\n\v\f\r]|\Z)[^\n]*|(?P<unclear>--)|#[^\n]*|/\*(?!M?!).*?\*/)",
    re.DOTALL,
)
READS = re.compile(
    r"[\s(]*(SELECT|SHOW|SAVEPOINT|RELEASE|ROLLBACK\s+(WORK\s+)?TO|USE|VALUES"
    r"|(EXPLAIN|DESC|DESCRIBE)(?!\s+ANALYZE\b)|SET(?!\s+(STATEMENT|PASSWORD|DEFAULT)\b|.*\bAUTOCOMMIT\b)"
    r"|WITH(?!.*\b(UPDATE\b|DELETE\b|(INSERT|REPLACE)\b(?!\())))\b[^;]*;?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
PRAGMA = re.compile(r"\s*PRAGMA\b[^;]*;?\s*\Z", re.IGNORECASE)
ONE_TABLE = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+)?(?:IGNORE\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+"
    r"(?P<quote>[`\"]?)(?P<table>\w+)(?P=quote)"
    r"(?P<rest>(?:\s*\(|\s+(?:VALUES?|SELECT|SET|DEFAULT|WHERE)\b|\s*;?\s*\Z)[^;]*;?\s*)\Z",
    re.IGNORECASE,
)
WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
COLUMNS = re.compile(r"[\w`\"]+\s*\([^()]*\)(?=\s*AS\s*\()", re.IGNORECASE)  # WITH x (n) AS (…)
LAST_WORD = re.compile(r"[\w$]*\Z")
LONG = 66  # characters: no name has so many
LAST_LOGIN = re.compile(r"\s*SET\s+[`\"]last_login[`\"] = %s WHERE ", re.IGNORECASE)

BEGINS = re.compile(
    r"\s*(BEGIN(?!\s+NOT\b)|START\s+TRANSACTION|XA\s+(START|BEGIN)|(COMMIT|ROLLBACK)\b.*\bAND\s+CHAIN)\b",
    re.IGNORECASE | re.DOTALL,
)
ENDS = re.compile(r"\s*(XA\s+)?(COMMIT|ROLLBACK)\b|\s*END\b", re.IGNORECASE)


@lru_cache(maxsize=2048)
def verdict(sql: str | bytes) -> Verdict:
    return judge(sql)


def judge(sql: str | bytes) -> Verdict:
    code = code_of(sql.decode(errors="replace") if isinstance(sql, bytes) else sql)
    if is_read(code):
        return READ
    everything = generations().everything
    if BEGINS.match(code):
        return Verdict(everything, by_hand=True)
    if ENDS.match(code):
        return Verdict(everything, by_hand=False)
    found = ONE_TABLE.match(code)
    if not found or "/*" in code or calls_unknown(found["rest"]):
        return Verdict(everything)
    return of_table(found["table"].lower(), found["rest"]) or Verdict(everything)


def code_of(sql: str) -> str:
    """Without what holds no SQL. A backslash means one thing to MySQL and another to SQLite,
    so where there is one all of the text counts as SQL."""
    return sql if "\\" in sql else QUIET.sub(quiet, sql)


def quiet(found: re.Match[str]) -> str:
    if found["name"]:
        return found[0]
    if found["unclear"]:
        return UNCLEAR
    return 2 * found[0][0] if found[0][0] in "'\"`" else " "


def is_read(code: str) -> bool:
    if PRAGMA.match(code):
        return True
    return bool(READS.match(code)) and "/*" not in code and not calls_unknown(code)


def calls_unknown(code: str) -> bool:
    """A function that may be a stored one: of an unknown name, quoted, or of a schema."""
    if WITH.match(code):
        code = COLUMNS.sub("", code)
    return any(ends_unknown(before.rstrip()) for before in code.split("(")[:-1])


def ends_unknown(before: str) -> bool:
    last = before[-1:]
    if not (last.isalnum() or last in ("_", "$", "`", '"')):
        return False  # no name: an operator, a comma, another parenthesis
    word = LAST_WORD.search(before[-LONG:])[0]  # type: ignore[index]
    return word.upper() not in HARMLESS or before[: -len(word)].rstrip().endswith(".")


def of_table(table: str, rest: str) -> Verdict | None:
    """None for a table of nobody's: it may be a view of ours."""
    named = [subject for subject, tables in settings.GENERATIONS.items() if table in tables]
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
