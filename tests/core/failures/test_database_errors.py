"""Errors of a database by their number: an outage (503) or a mistake (500)."""

import re
import sqlite3

import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from core.failures.database_errors import cause, is_temporary
from core.failures.mysql_errors import PERMANENT, TEMPORARY
from deploy.processes import ROOT

CLASSES = (OperationalError, InternalError, DataError, IntegrityError, ProgrammingError)
READ_ONLY = "The MariaDB server is running with the --read-only option so it cannot execute this"
CONNECTIONS = [1040, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1226]
CONNECTIONS += [1698, 1927, 2001, 2002, 2003, 2005, 2006, 2012, 2013, 2026, 2055, 2059, 2061]
CONNECTIONS += [3032, 3118, 3159, 3169, 4031, 4151, 9001]
LOCKS = [1020, 1205, 1206, 1213, 1412, 1613, 1614, 1615, 3058, 3101, 3572]
LIMITS = [3, 20, 128, 135, 136, 1021, 1026, 1037, 1041, 1114, 1135, 1317, 1637, 1907, 1969, 3024]
MISTAKES = [
    1038,
    1046,
    1048,
    1050,
    1052,
    1054,
    1062,
    1064,
    1071,
    1100,
    1105,
    1118,
    1136,
    1142,
    1143,
]
MISTAKES += [1146, 1153, 1227, 1264, 1265, 1267, 1292, 1300, 1364, 1366, 1406, 1411, 1451, 1452]
MISTAKES += [126, 127, 130, 132, 134, 138, 140, 144, 145]
MISTAKES += [1033, 1034, 1035, 1194, 1195, 1712, 1877, 1932]
MISTAKES += [1690, 1709, 1792, 2014, 2020, 3140, 3819, 4025]


@pytest.mark.parametrize("number", [*CONNECTIONS, *LOCKS, *LIMITS])
def test_outage_is_temporary_whatever_its_class(number):
    assert all(is_temporary(each(number, "words")) for each in CLASSES)


@pytest.mark.parametrize("number", MISTAKES)
def test_mistake_is_permanent_whatever_its_class(number):
    assert not any(is_temporary(each(number, "words")) for each in CLASSES)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1290, f"{READ_ONLY} statement"),
        (1290, "The MySQL server is running with the --super-read-only option so it cannot"),
        (1290, "The MariaDB server is running with the --read-only=NO_LOCK option so it cannot"),
        (1836, "Running in read-only mode"),
        (1036, "Table 'articles_tag' is read only"),
    ],
)
def test_read_only_server_is_temporary(number, text):
    assert is_temporary(OperationalError(number, text))


@pytest.mark.parametrize(
    ("text", "temporary"),
    [
        ('Got error 28 "No space left on device" from storage engine InnoDB', True),
        ("Got error 28 - 'No space left on device' from storage engine", True),
        ("Got error 28 from storage engine", True),
        ("Got error: 28 from storage engine", True),
        ('Got error 12 "Cannot allocate memory" from storage engine InnoDB', True),
        ('Got error 24 "Too many open files" from storage engine InnoDB', True),
        ('Got error 128 "Out of memory in engine" from storage engine InnoDB', True),
        ('Got error 135 "No more room in record file" from storage engine MyISAM', True),
        ('Got error 5 "Input/output error" from storage engine InnoDB', False),
        ('Got error 127 "Record file is crashed" from storage engine MyISAM', False),
        ('Got error 1 "Operation not permitted" from storage engine InnoDB', False),
        ('Got error 122 "Internal (unspecified) error in handler" from storage engine', False),
        ('Got error 128000 "28" from storage engine', False),
        ("", False),
    ],
)
def test_error_of_a_storage_engine_is_temporary_if_it_has_no_room(text, temporary):
    assert is_temporary(OperationalError(1030, text)) is temporary


@pytest.mark.parametrize("option", ["secure-file-priv", "skip-grant-tables", "skip-name-resolve"])
def test_another_option_that_prevents_a_statement_is_permanent(option):
    text = f"The MySQL server is running with the --{option} option so it cannot execute this"
    assert not is_temporary(OperationalError(1290, text))


@pytest.mark.parametrize("number", [0, 1, 1999, 1815, 2999, 5999, 65535])
def test_unknown_number_is_permanent(number):
    assert number not in TEMPORARY | PERMANENT
    assert not is_temporary(OperationalError(number, "words"))


def test_each_number_is_on_one_list_with_a_description():
    assert not TEMPORARY.keys() & PERMANENT.keys()
    assert all((TEMPORARY | PERMANENT).values())


def test_error_without_a_number_is_permanent_unless_it_says_otherwise():
    class UsedUpError(OperationalError):
        temporary = True

    assert is_temporary(UsedUpError("6 of 6 in use; waited 5.0 s"))
    assert not is_temporary(OperationalError())
    assert not is_temporary(InterfaceError(0, "this connection has gone back to the pool"))
    assert not is_temporary(ValueError(2006, "no error of a database"))
    assert not is_temporary(None)


@pytest.mark.parametrize(
    ("code", "temporary"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_CANTOPEN, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_TOOBIG, False),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, False),
    ],
)
def test_file_that_cannot_be_used_now_is_temporary(code, temporary):
    error = OperationalError("words")
    error.__cause__ = sqlite3.OperationalError("words")
    error.__cause__.sqlite_errorcode = code
    assert is_temporary(error) is temporary


def test_locked_sqlite_database_is_temporary(tmp_path):
    with sqlite3.connect(tmp_path / "db") as holder, sqlite3.connect(tmp_path / "db") as other:
        holder.execute("CREATE TABLE t (i)")
        holder.commit()
        holder.execute("BEGIN IMMEDIATE")
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("INSERT INTO t VALUES (1)")
        error = OperationalError(*caught.value.args)
        assert is_temporary(error)  # also when it lost its cause
        error.__cause__ = caught.value
        assert is_temporary(error)
        holder.rollback()
    holder.close()
    other.close()


def test_pool_that_is_used_up_is_temporary():
    pool = pytest.importorskip("core.mysql_pool.pool")  # it needs the driver
    assert is_temporary(pool.PoolTimeout("pool 'default': 6 of 6 in use; waited 5.0 s"))


def test_cause_is_one_short_line():
    assert cause(DataError(1366, "Incorrect\n string")) == "DataError 1366: Incorrect string"
    assert cause(OperationalError("database is locked")) == "OperationalError: database is locked"
    assert cause(OperationalError()) == "OperationalError: "
    assert len(cause(OperationalError(1064, "x" * 10_000))) < 600


@pytest.mark.parametrize("page", ["docs/faults.md", "docs/zh-hans/faults.md"])
def test_docs_list_each_number_under_its_status(page):
    row = re.compile(r"^\| (503|500)[:：]([^|]*)\| (.*) \|$", re.MULTILINE)
    found = {503: set(), 500: set()}
    for status, _, text in row.findall((ROOT / page).read_text()):
        found[int(status)] |= numbers_in(text)
    assert found == {503: TEMPORARY.keys(), 500: PERMANENT.keys()}


def numbers_in(text: str) -> set[int]:
    spans = re.findall(r"(\d+)(?: (?:to|至) (\d+))?", text)
    return {each for low, high in spans for each in range(int(low), int(high or low) + 1)}
