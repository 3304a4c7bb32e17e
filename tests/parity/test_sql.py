"""The notes' SQLHelper and their global cursor beside core.sql."""

import threading

import pytest
from django.db import OperationalError, ProgrammingError, connection

from core import sql
from tests.parity.book import differs, same
from tests.parity.conftest import FlaskError

pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "sql"


@pytest.fixture(autouse=True)
def article(server):
    """Kept until the database goes: SQLHelper leaves transactions open that hold it."""
    columns = "id INT PRIMARY KEY, name VARCHAR(50), n DECIMAL(5,2)"
    server(f"CREATE TABLE IF NOT EXISTS parity_article ({columns})")
    server("REPLACE INTO parity_article VALUES (1, '散文', 1.50), (2, '100% ink', NULL)")


ALL = "SELECT id, name FROM parity_article ORDER BY id LIMIT 10"
ONE = "SELECT id, name FROM parity_article WHERE id = %s"


def test_rows_are_dicts(flask):
    same("fetch_all: rows", sql.fetch_all(ALL), flask("fetch_all", sql=ALL, args=[]))
    same("fetch_one: a row", sql.fetch_one(ONE, [2]), flask("fetch_one", sql=ONE, args=[2]))
    same("fetch_one: none", sql.fetch_one(ONE, [3]), flask("fetch_one", sql=ONE, args=[3]))
    empty = "SELECT id FROM parity_article WHERE id > 9"
    same("fetch_all: none", sql.fetch_all(empty), flask("fetch_all", sql=empty, args=[]))


@pytest.mark.parametrize(
    "text, args",
    [
        ("SELECT id FROM parity_article WHERE name = %s", ["散文"]),
        ("SELECT id FROM parity_article WHERE name = %s", ["' OR 1 = 1 -- "]),
        ("SELECT id FROM parity_article WHERE name = %(name)s", {"name": "散文"}),
        ("SELECT id FROM parity_article WHERE id IN %s ORDER BY id", [[1, 2]]),
        ("SELECT id FROM parity_article WHERE name LIKE %s", ["100%"]),
        ("SELECT id FROM parity_article WHERE name LIKE '100%%' AND id = %s", [2]),
        ("SELECT CAST(n AS CHAR) AS n FROM parity_article WHERE id = %s", [2]),
    ],
)
def test_parameters(flask, text, args):
    same(f"{text} {args}", sql.fetch_all(text, args), flask("fetch_all", sql=text, args=args))


def test_a_write_is_committed_and_seen_by_the_other_side(flask):
    change = "UPDATE parity_article SET name = %s WHERE id = %s"
    touched = sql.execute(change, ["诗", 1])
    same("execute: committed", flask("fetch_one", sql=ONE, args=[1])["name"], "诗")
    told = flask("execute", sql=change, args=["文", 1])
    same("SQLHelper.execute: committed", sql.fetch_one(ONE, [1])["name"], "文")
    why = (
        "execute() returns how many rows the statement matched, so a caller sees whether "
        "the row existed."
    )
    differs("execute: what it returns", touched, told, why, expected=(1, None))


def test_two_columns_of_one_name(flask):
    twice = "SELECT a.id, b.id FROM parity_article a JOIN parity_article b ON b.id = a.id + 1"
    with pytest.raises(ProgrammingError):
        sql.fetch_one(twice)
    theirs = flask("fetch_one", sql=twice, args=[])
    repeated = {"id": 1, "b.id": 2}
    why = (
        "PyMySQL invents a name for the second column. Here the query is refused until one "
        "of them is renamed with AS."
    )
    differs("two columns of one name", "refused", theirs, why, expected=("refused", repeated))


def test_a_statement_that_fails(flask):
    wrong = "SELECT nothing FROM parity_article"
    connection.close()
    with pytest.raises(OperationalError, match="nothing") as ours:
        sql.fetch_one(wrong)
    with pytest.raises(FlaskError, match="nothing") as theirs:
        flask("fetch_one", sql=wrong, args=[])
    same("the error's name", type(ours.value).__name__, theirs.value.name)
    why = (
        "After an error the connection is returned at once. In the notes it is returned "
        "when the garbage collector finds it."
    )
    lent = int(connection.connection is not None), flask("lent")
    differs("lent after an error", *lent, why, expected=(0, 1))


def test_a_cursor_for_everybody_mixes_visitors_up(flask):
    """A visitor asks for articles and is given the other's people."""
    people = "SELECT 'lqz' AS name"
    theirs = flask("two_visitors", first=ALL, second=people)
    ours = []
    first_asked, second_done = threading.Event(), threading.Event()

    def first():
        with connection.cursor() as cursor:
            cursor.execute(ALL)
            first_asked.set()
            second_done.wait()
            ours.extend(row[1] for row in cursor.fetchall())
        connection.close()

    visitor = threading.Thread(target=first)
    visitor.start()
    first_asked.wait()
    assert sql.fetch_all(people) == [{"name": "lqz"}]
    second_done.set()
    visitor.join()
    why = (
        "A connection and its cursor belong to one thread, so no thread reads the rows of another."
    )
    read = [row["name"] for row in theirs]
    expected = (["散文", "100% ink"], ["lqz"])
    differs("the global cursor", ours, read, why, expected=expected)
