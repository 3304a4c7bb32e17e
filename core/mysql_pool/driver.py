"""mysqlclient's connection, with what the pool has to know about each one.

Promises: a statement nobody has vouched for makes the connection dirty, also one that is sent
past Django's cursors; a liveness check ends after PING_LIMIT even when the server is frozen.
"""

import math
import select
from typing import Any

from MySQLdb import Error, connections  # type: ignore[import-untyped]

PING_LIMIT = 1.0  # seconds; read_timeout is for queries, which may take long


class Connection(connections.Connection):  # type: ignore[misc]
    vouched = False  # the statement about to be sent leaves no trace in the session
    dirty = False  # the session may differ from a new one's
    doubtful = False  # the last borrower met an error: ping it, however fresh it is
    uses = 0
    idle_since = 0.0
    expires_at = math.inf

    def query(self, query: Any) -> None:
        self.dirty = self.dirty or not self.vouched
        super().query(query)

    def select_db(self, name: str) -> None:
        self.dirty = True
        super().select_db(name)

    def alive(self) -> bool:
        """One round trip. A connection that has not answered in time must not be used again."""
        try:
            self.send_query(b"DO 0")
            answers = select.poll()
            answers.register(self.fileno(), select.POLLIN)
            if not answers.poll(PING_LIMIT * 1000):
                return False
            self.read_query_result()
        except Error:
            return False
        self.doubtful = False
        return True
