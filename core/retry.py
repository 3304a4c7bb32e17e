"""Once more, when the database chose this transaction as the victim of a deadlock."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")
ATTEMPTS = 4
VICTIM = {1213, 1205}  # deadlock; lock wait timeout


def retry_deadlocks(transact: Callable[[], T]) -> T:
    """The result of `transact`, which must do its work in one transaction of its own.

    Raises the last OperationalError after ATTEMPTS; any other error, and one met inside a
    transaction of the caller, which is rolled back as a whole, goes up at once.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return transact()
        except OperationalError as error:
            final = attempt == ATTEMPTS or connection.in_atomic_block
            if final or not error.args or error.args[0] not in VICTIM:
                raise
        time.sleep(random.uniform(0.01, 0.05) * attempt)  # the two must not meet again
    raise AssertionError("unreachable")
