import io

import pytest
from django.db import OperationalError, ProgrammingError
from redis.exceptions import ConnectionError as RedisConnectionError

from core.cli.error_advice import advice, is_program_error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError(2002, "Can't connect to server"), "correct DATABASE_URL"),
        (OperationalError(1045, "Access denied"), "refused the account"),
        (OperationalError(1049, "Unknown database 'ink'"), "Create it"),
        (ProgrammingError(1146, "Table 'x' doesn't exist"), "python manage.py migrate"),
        (OperationalError(1709, "Index column size too large"), "row_format = DYNAMIC"),
        (OperationalError(1071, "Specified key was too long"), "row_format = DYNAMIC"),
        (OperationalError("no such table: accounts_user"), "python manage.py migrate"),
        (OperationalError("unable to open database file"), "Check its folder"),
        (OperationalError("disk I/O error"), "disk I/O error"),
        (OperationalError(), "The database failed"),
        (RedisConnectionError("Error 111 connecting"), "correct REDIS_URL"),
        (UnicodeEncodeError("ascii", "a中", 1, 2, "no"), "PYTHONIOENCODING=utf-8"),
        (UnicodeEncodeError("utf-8", "a\udcff", 1, 2, "no"), r"'\udcff' is not UTF-8 text"),
    ],
)
def test_advice_says_what_to_do(error, said):
    assert said in advice(error)
    assert "\n" not in advice(error)


@pytest.mark.parametrize(
    ("encoding", "is_ours"), [("ascii", False), ("US-ASCII", False), ("latin-1", True)]
)
def test_encoding_other_than_that_of_stdout_is_a_program_error(monkeypatch, encoding, is_ours):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    error = UnicodeEncodeError(encoding, "中", 0, 1, "no")
    assert is_program_error(error) is is_ours
    assert not is_program_error(OperationalError())
