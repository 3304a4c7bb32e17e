"""Who keeps a connection too long, and what that thread is doing.

Promises: each loan is reported once, when another borrower comes by LEAK_AFTER or more later;
a loan costs no stack walk. Nobody else wanting a connection, a long loan harms nobody.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger(__name__)


class Loan:
    __slots__ = ("reported", "since", "thread")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.since = time.monotonic()
        self.reported = False


def report(pool: str, loans: Mapping[Any, Loan], limit: float) -> None:
    now = time.monotonic()
    for loan in list(loans.values()):
        if now - loan.since > limit and not loan.reported:
            loan.reported = True
            logger.warning(
                "pool %r: a connection has been in use for %.0f s; its borrower is here:\n%s",
                pool, now - loan.since, _stack(loan.thread),
            )  # fmt: skip


def _stack(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "(its thread has ended)"
    return "".join(traceback.format_stack(frame))
