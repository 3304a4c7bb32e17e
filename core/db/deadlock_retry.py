"""Runs a transaction again that the database has rolled back for a temporary reason.

It was the victim of a deadlock, or the server has become read-only: then the next connection may
reach the new primary.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

from core.failures.database_errors import error_number
from core.failures.mysql_errors import VICTIMS
from core.failures.read_only import read_only_variable

T = TypeVar("T")
ATTEMPTS = 4


def retry_deadlocks(transact: Callable[[], T]) -> T:
    """The result of `transact`, which must do its work in one transaction of its own.

    Raises the last OperationalError after ATTEMPTS. Any other error is raised at once, and so is
    one inside a transaction of the caller, which is rolled back as a whole.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return transact()
        except OperationalError as error:
            final = attempt == ATTEMPTS or connection.in_atomic_block
            is_read_only = bool(read_only_variable(error))
            if final or not (is_read_only or error_number(error) in VICTIMS):
                raise
            if is_read_only:
                connection.close()  # this one leads to the former primary
        time.sleep(random.uniform(0.01, 0.05) * attempt)  # so that the two do not collide again
    raise AssertionError("unreachable")
