"""Replaces the connections of a pool when their server has become read-only.

After a switch-over the address leads to another server, while open connections still lead to the
former primary. So the first write that is refused ends the use of all connections that are open.
While the server is read-only, each new connection asks whether its server takes writes, and is
used for AGAIN seconds only: the first one that finds a writable server ends that state.

Guarantees: each connection is replaced once, however many writes are refused meanwhile.
"""

import logging
import threading
import time
from weakref import WeakSet

from core.failures.read_only import is_on
from core.mysql_pool.driver import RETIRED, Connection

AGAIN = 1.0  # seconds

logger = logging.getLogger(__name__)


class Primary:
    def __init__(self) -> None:
        self.variable = ""  # the server's, for which writes are refused; "" while they are not
        self._connections: WeakSet[Connection] = WeakSet()
        # The garbage collector may check a connection in at any line: hence an RLock.
        self._lock = threading.RLock()

    def opened(self, connection: Connection, limit: float) -> None:
        """If the last server refused writes, asks this one within `limit` seconds.

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
        """Called when a write was refused; `variable` is that of read_only_variable()."""
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
