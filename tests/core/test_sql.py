import os
import subprocess
import sys

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection

from core.sql import execute, fetch_all, fetch_one, stream
from deploy.processes import ROOT
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_fetch_one_is_a_dict_or_none():
    alice = make_user()
    row = fetch_one("SELECT id, username FROM accounts_user WHERE id = %s", [alice.pk])
    assert row == {"id": alice.pk, "username": "alice_writes"}
    assert fetch_one("SELECT id FROM accounts_user WHERE id = %s", [alice.pk + 1]) is None


def test_fetch_all_is_a_list_of_dicts():
    for name in ("alice_writes", "robert"):
        make_user(name)
    rows = fetch_all("SELECT username FROM accounts_user ORDER BY id")
    assert rows == [{"username": "alice_writes"}, {"username": "robert"}]
    assert fetch_all("SELECT username FROM accounts_user WHERE id < %s", [0]) == []


def test_execute_returns_how_many_rows_it_touched():
    alice = make_user()
    statement = "UPDATE accounts_user SET bio = %s WHERE id = %s"
    assert execute(statement, ["缓存", alice.pk]) == 1
    alice.refresh_from_db()
    assert alice.bio == "缓存"


def test_parameters_are_never_sql():
    make_user()
    trick = "' OR '1'='1"
    assert fetch_all("SELECT id FROM accounts_user WHERE username = %s", [trick]) == []


def test_errors_are_those_of_django():
    with pytest.raises((OperationalError, ProgrammingError)):
        fetch_one("SELECT nothing FROM nowhere")


def test_unique_clash_is_an_integrity_error():
    alice, bob = make_user(), make_user("robert")
    with pytest.raises((IntegrityError, DataError)):
        execute("UPDATE accounts_user SET username = %s WHERE id = %s", ["alice_writes", bob.pk])
    assert alice.pk != bob.pk


@pytest.mark.django_db(transaction=True)
def test_cursor_is_closed_and_the_statement_committed():
    alice = make_user()
    execute("UPDATE accounts_user SET bio = 'x' WHERE id = %s", [alice.pk])
    connection.close()
    assert fetch_one("SELECT bio FROM accounts_user WHERE id = %s", [alice.pk]) == {"bio": "x"}


def test_statement_without_rows_is_for_execute():
    for call in (fetch_one, fetch_all, lambda sql: list(stream(sql))):
        with pytest.raises(ProgrammingError, match="execute"):
            call("UPDATE accounts_user SET bio = 'x'")


def test_execute_of_a_query_or_a_definition_returns_no_negative_count():
    assert execute("SELECT 1") >= 0
    assert execute("UPDATE accounts_user SET bio = 'x' WHERE id < %s", [0]) == 0


THOUSAND = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "


@pytest.mark.parametrize("chunk", [1, 7, 1000, 5000])
def test_stream_gives_every_row_in_order(chunk):
    rows = stream(THOUSAND + "SELECT i, 'x' AS x FROM n WHERE i <> %s", [500], chunk=chunk)
    assert list(rows) == [{"i": i, "x": "x"} for i in range(1, 1001) if i != 500]


def test_wrong_arguments_of_a_stream_are_refused_before_it_is_read():
    with pytest.raises(ProgrammingError):
        stream("SELECT %s", [1, 2])
    with pytest.raises(ValueError, match="chunk"):
        stream("SELECT 1", chunk=0)
    with pytest.raises(ValueError, match="chunk"):
        stream("SELECT 1", chunk=1.5)


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite takes one statement")
@pytest.mark.parametrize("call", [fetch_one, fetch_all, execute])
def test_error_of_a_later_statement_is_raised(call):
    with pytest.raises(ProgrammingError, match="nowhere"):
        call("SELECT 1; SELECT nothing FROM nowhere")


def test_stream_within_a_transaction_sees_its_writes_and_may_be_closed_early():
    make_user()
    rows = stream(THOUSAND + "SELECT username, i FROM accounts_user, n", chunk=2)
    assert next(rows)["username"] == "alice_writes"
    rows.close()
    assert fetch_one("SELECT COUNT(*) AS n FROM accounts_user") == {"n": 1}


MEMORY = THOUSAND + "SELECT a.i, REPEAT('x', 1000) AS x FROM n a, n b LIMIT 60000"
ON_SQLITE = MEMORY.replace("REPEAT('x', 1000)", "HEX(ZEROBLOB(500))")
PEAK = """
import django, pathlib
django.setup()
from core.sql import fetch_all, stream
def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
before = peak()
rows = sum(1 for row in {call}({sql!r}))
print(rows, (peak() - before) // 1024)
"""


@pytest.mark.soak
@pytest.mark.parametrize(("call", "bounded"), [("stream", True), ("fetch_all", False)])
def test_stream_of_60_megabytes_takes_less_than_15(call, bounded, tmp_path):
    """By the peak of a process of its own; fetch_all shows what is saved.

    Not by getrusage(): its maximum is inherited from the parent process.
    """
    sql = MEMORY if connection.vendor == "mysql" else ON_SQLITE
    done = subprocess.run(
        [sys.executable, "-c", PEAK.format(call=call, sql=sql)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"} | elsewhere(tmp_path),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    rows, megabytes = map(int, done.stdout.split())
    assert rows == 60_000
    assert (megabytes < 15) is bounded, megabytes


def elsewhere(folder) -> dict[str, str]:
    """On SQLite a file of its own; the rows are made by the query, not read from a table."""
    return {} if "DATABASE_URL" in os.environ else {"DATABASE_URL": f"sqlite:///{folder}/db"}
