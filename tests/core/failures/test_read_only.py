"""What a server that takes no writes says, and how its variables are read."""

import pytest
from django.db import OperationalError

from core.failures.read_only import is_on, read_only_variable

RUNS_WITH = "The MariaDB server is running with the --{} option so it cannot execute this statement"


@pytest.mark.parametrize(
    ("error", "variable"),
    [
        (OperationalError(1290, RUNS_WITH.format("read-only")), "read_only"),
        (OperationalError(1290, RUNS_WITH.format("read_only")), "read_only"),
        (OperationalError(1290, RUNS_WITH.format("read-only=NO_LOCK")), "read_only"),
        (OperationalError(1290, RUNS_WITH.format("super-read-only")), "super_read_only"),
        (OperationalError(1836, "Running in read-only mode"), "innodb_read_only"),
        (OperationalError(1036, "Table 't' is read only"), "innodb_read_only"),
        (OperationalError(1290, RUNS_WITH.format("secure-file-priv")), ""),
        (OperationalError(1213, "Deadlock found"), ""),
        (OperationalError("attempt to write a readonly database"), ""),
        (OperationalError(), ""),
    ],
)
def test_variable_that_forbids_the_write_is_named(error, variable):
    assert read_only_variable(error) == variable


@pytest.mark.parametrize(
    ("value", "on"),
    [(0, False), (1, True), ("OFF", False), (b"OFF", False), (b"ON", True), ("NO_LOCK", True)],
)
def test_variable_is_a_number_or_a_word(value, on):
    assert is_on(value) is on
