"""What a pool knows of a server that has become read-only, and how it leaves that server.

After a switch-over the address leads to another server, while open connections still lead to the
former primary. So the first write that is refused ends the use of all connections that are open.
While the server is read-only, each new connection asks whether its server takes writes, and is
used for AGAIN seconds only: the first one that finds a writable server ends that state.

Promises: one refusal replaces each connection once, however many writes are refused meanwhile.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from core.failures.read_only import is_on

if TYPE_CHECKING:  # a site on SQLite, which reads the counters too, has no driver
    from core.mysql_pool.driver import Connection

AGAIN = 1.0  # seconds
RETIRED = -math.inf  # the expires_at of a connection to a former primary

logger = logging.getLogger(__name__)


class Primary:
    def __init__(self) -> None:
        self.variable = ""  # for which writes are refused, as the server named it
        self._connections: WeakSet[Connection] = WeakSet()
        # The collector may bring a connection back in the midst: hence an RLock.
        self._lock = threading.RLock()

    def opened(self, connection: Connection, limit: float) -> None:
        """Ask it, within `limit` seconds, whether its server takes writes, if the last did not.

        Raises the driver's errors.
        """
        with self._lock:
            self._connections.add(connection)
            variable = self.variable
        connection.write_refused = self.refused
        if not variable:
            return
        if is_on(connection.value(f"SELECT @@GLOBAL.{variable}", limit)):
            connection.of_read_only_server = True
            connection.expires_at = min(connection.expires_at, time.monotonic() + AGAIN)
        else:
            self._found(connection)

    def refused(self, connection: Connection, variable: str) -> None:
        """A write on this connection was refused; `variable` is core.failures.read_only's."""
        with self._lock:
            if connection.expires_at == RETIRED:
                return
            connection.expires_at = RETIRED
            if self.variable:
                return
            self.variable = variable
            self._retire_all()
        logger.warning(
            "The database refuses writes (@@%s is on): its connections are replaced until one "
            "reaches a server that takes them.",
            variable,
        )

    def _found(self, connection: Connection) -> None:
        with self._lock:
            if not self.variable:
                return
            self.variable = ""
            expires_at = connection.expires_at
            self._retire_all()
            connection.expires_at = expires_at
        logger.warning("The database takes writes again.")

    def _retire_all(self) -> None:
        for connection in list(self._connections):
            connection.expires_at = RETIRED
