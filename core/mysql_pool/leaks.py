"""Who keeps a connection too long, and what that thread is doing.

Promises: each loan is reported once, within about a second of LEAK_AFTER, by the housekeeper;
a loan itself costs no stack walk.
"""

import logging
import sys
import time
import traceback
from collections.abc import Collection

from core.mysql_pool.lease import Record

logger = logging.getLogger(__name__)


def report(pool: str, records: Collection[Record], limit: float) -> None:
    now = time.monotonic()
    for record in list(records):
        lent = now - record.since
        if record.since and lent > limit and not record.reported:
            record.reported = True
            logger.warning(
                "pool %r: a connection has been in use for %.0f s; its borrower is here:\n%s",
                pool, lent, _stack(record.thread),
            )  # fmt: skip


def _stack(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "(its thread has ended)"
    return "".join(traceback.format_stack(frame))
