"""Where the databases differ: what their servers call and read is judged as they do it."""

from collections.abc import Callable
from time import thread_time
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection

from articles.models import Tag
from core import sql_words, verdicts
from core.generations import generations
from core.verdicts import READ, judge
from tests.core.test_verdicts import everything
from tests.factories import make_article, make_user

mysql = pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite has no stored functions")
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="MariaDB reads no brackets")


@pytest.mark.parametrize(
    ("statement", "on_mysql", "on_sqlite"),
    [
        # a backslash, and what may be a comment or not
        ("SELECT retitle -- \\ lower\n(%s)", True, True),
        ("SELECT retitle # \\ lower\n(%s)", True, True),
        ("SELECT retitle /* \\ lower */ (%s)", True, True),
        ("WITH x AS (SELECT 1) SELECT f('\\') AS (')", True, False),
        ("SELECT '\\', f(), '\\''", True, True),
        ("SELECT a FROM t WHERE b LIKE %s ESCAPE '\\' AND (c = 1)", False, False),
        ("SELECT '\\', lower(a) -- all", True, False),
        # quotes and comments of one of them
        ("WITH [a'] AS (SELECT 1) DELETE FROM articles_tag WHERE name != '['", True, True),
        ("SELECT [a] FROM t", True, True),
        ("SELECT '[', \"[a\", `b]`", False, False),
        ("WITH x AS (SELECT #a) DELETE FROM articles_tag", False, True),
        ("SELECT 1 # f()", False, True),
        # functions of one of them
        ("SELECT total(1), typeof(2)", True, False),
        ("SELECT changes(), last_insert_rowid()", True, False),
        ("SELECT iif(1, 2, 3), likely(1), strftime('%%Y', a)", True, False),
        ("SELECT value FROM json_each(%s), pragma_table_info('a')", True, False),
        ("SELECT django_date_trunc('month', a, NULL, NULL) FROM t", True, False),
        ("SELECT DATE_FORMAT(a, '%%Y'), EXTRACT(YEAR FROM a), IF (a, b, c)", False, True),
        ("SELECT a FROM t WHERE REGEXP_LIKE(b, %s)", False, True),
    ],
)
def test_what_one_vendor_reads_otherwise(
    statement: str, on_mysql: bool, on_sqlite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """True for what may write everything."""
    for vendor, may_write in (("mysql", on_mysql), ("sqlite", on_sqlite)):
        monkeypatch.setattr(verdicts, "connection", SimpleNamespace(vendor=vendor))
        assert judge(statement) == (everything() if may_write else READ)


def taken(run: Callable[[str], object], text: str) -> float:
    times = []
    for _ in range(5):
        began = thread_time()
        run(text)
        times.append(thread_time() - began)
    return min(times)  # other work on the machine only adds


@pytest.mark.parametrize(
    ("run", "head", "part", "tail"),
    [
        (verdicts.READS.match, "SELECT", " ", "; x"),
        (verdicts.READS.match, "", "( ", "x"),
        (verdicts.READS.match, "ROLLBACK", " ", "x"),
        (verdicts.PRAGMA.match, "PRAGMA", " ", "; x"),
        (verdicts.ONE_TABLE.match, "UPDATE articles_tag", " ", "x"),
        (verdicts.ONE_TABLE.match, "UPDATE articles_tag SET name = 1", " ", "; x"),
        (verdicts.ONE_TABLE.match, "INSERT", " ", "x"),
        (verdicts.COLUMNS.sub, "WITH ", "a", ""),
        (verdicts.COLUMNS.sub, "WITH ", "a (", ""),
        (verdicts.COLUMNS.sub, "WITH a", " ", ""),
        (verdicts.BEGINS.match, "BEGIN", " ", "; x"),
        (verdicts.BEGINS.match, "COMMIT", " AND CHAIN", "; x"),
        (verdicts.BEGINS.match, "COMMIT", " AND", ""),
        (verdicts.ENDS.match, "COMMIT", " ", "; x"),
        (verdicts.BEGUN.search, "; BEGIN", " ", "x"),
        (verdicts.SEVERAL.search, "SELECT 1;", " ", "x"),
        (verdicts.LAST_LOGIN.match, "SET", " ", "x"),
        (verdicts.QUIET.sub, "SELECT ", "/* ", ""),
        (verdicts.QUIET.sub, "SELECT ", "'\"`", ""),
        (verdicts.QUIET.sub, "SELECT '", "''", ""),
        (verdicts.QUIET.sub, "SELECT ", '"a', ""),
        (judge, "SELECT 1", "--", ""),
        (judge, "SELECT ", "f .", "(1)"),
        (judge, "WITH x AS (SELECT 1) SELECT ", "lower(", ""),
        (judge, "UPDATE articles_tag SET name = '\\' ", " ", "; DELETE FROM x"),
    ],
)
def test_a_text_four_times_as_long_takes_no_longer_than_that(
    run: Callable[..., object], head: str, part: str, tail: str
) -> None:
    """What is quadratic takes sixteen times as long."""
    if run in (verdicts.COLUMNS.sub, verdicts.QUIET.sub):
        run = lambda text, sub=run: sub("", text)  # noqa: E731
    short, long = (taken(run, head + part * count + tail) for count in (4_000, 16_000))
    assert long < 8 * short + 0.0001


@mysql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("retitle", "SELECT retitle -- \\ lower\n(%s)"),
        ("retitle", "SELECT retitle # \\ lower\n(%s)"),
        ("retitle", "SELECT retitle /* \\ lower */ (%s)"),
        ("f\u20ac", "SELECT f\u20ac(%s)"),
        ("\u20aclower", "SELECT \u20aclower (%s)"),
        ("total", "SELECT total(%s)"),
        ("changes", "SELECT changes(%s)"),
    ],
)
def test_a_function_that_mariadb_calls_is_seen(name: str, statement: str) -> None:
    article = make_article(make_user("alice_writes"), title="One")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION `{name}`(new TEXT) RETURNS INT MODIFIES SQL DATA BEGIN"
            " UPDATE articles_article SET title = new; RETURN 1; END"
        )
        try:
            before = generations().stamp()
            cursor.execute(statement, ["Two"])
        finally:
            cursor.execute(f"DROP FUNCTION `{name}`")
    article.refresh_from_db()
    assert article.title == "Two"
    assert judge(statement) == everything()
    assert generations().stamp() != before


@sqlite
@pytest.mark.django_db
def test_what_stands_behind_a_bracket_is_seen() -> None:
    Tag.objects.create(name="MySQL")
    with connection.cursor() as cursor:
        cursor.execute("WITH [a'] AS (SELECT 1) DELETE FROM articles_tag WHERE name != '['")
    assert not Tag.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("mariadb_itself")
def test_mariadb_has_each_function_of_its_list() -> None:
    """A name that it does not have may be that of a stored one."""
    words = sql_words.HARMLESS["mysql"] - set(sql_words.MYSQL_8.split())
    missing = set()
    with connection.cursor() as cursor:
        for word in words - {"SLEEP"}:
            try:
                cursor.execute(f"SELECT {word}('x')")
            except DatabaseError as error:
                missing |= {word} if error.args[0] == 1305 else set()
    assert missing == set()


@sqlite
@pytest.mark.django_db
def test_sqlite_has_each_function_of_its_list() -> None:
    newer = {"CONCAT", "CONCAT_WS", "OCTET_LENGTH", "UNHEX"}  # than some of its versions
    words = set((sql_words.BOTH + sql_words.SQLITE).split()) - newer
    keywords = {"CONFLICT", "FILTER", "MATERIALIZED"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list"
        )
        known = {name.upper() for (name,) in cursor.fetchall()}
    assert {word for word in words - keywords - known if not word.startswith("PRAGMA_")} == set()
