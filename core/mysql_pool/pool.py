"""A bounded pool for one set of connection parameters: QueuePool in PooledDB's words.

Promises: never more than MAX_CONNECTIONS at once; a connection that is dead, or used
MAX_USAGE times, is replaced before it is lent. Failure to connect is the driver's own error.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

# After how many idle seconds a connection is pinged before it is lent again. Half a second
# is HikariCP's aliveBypassWindow: a busy pool then spends no round trip on pings.
PING_AFTER = {"checkout": 0.0, "idle": 0.5, "never": math.inf}


def make_pool(connect: Callable[[], Any], dialect: Dialect, options: dict[str, Any]) -> QueuePool:
    """A pool that opens connections by `connect`, under options checked by options.py."""
    kept = options["MAX_CACHED"]
    pool = QueuePool(
        connect,
        dialect=dialect,
        pool_size=kept,
        max_overflow=options["MAX_CONNECTIONS"] - kept,
        timeout=options["TIMEOUT"] if options["BLOCKING"] else 0,
        recycle=options["RECYCLE"],
    )
    ping_after, max_usage = PING_AFTER[options["PING"]], options["MAX_USAGE"] or math.inf

    def stamp(connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def verify(connection: Any, record: Any, fairy: Any) -> None:
        if record.info.get("uses", 0) >= max_usage:
            raise DisconnectionError(f"used {max_usage} times")
        if time.monotonic() - record.info["idle_since"] > ping_after:
            _ping(connection)
        record.info["uses"] = record.info.get("uses", 0) + 1

    event.listen(pool, "connect", stamp)
    event.listen(pool, "checkin", stamp)
    event.listen(pool, "checkout", verify)
    return pool


def _ping(connection: Any) -> None:
    try:
        connection.ping()
    except Exception as error:  # whatever the driver raises, the pool opens another one
        raise DisconnectionError(str(error)) from error
