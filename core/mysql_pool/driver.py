"""mysqlclient's connection, with what the pool has to know about each one.

Promises: a statement nobody has vouched for makes the connection dirty, also one that is sent
past Django's cursors; the pool's own statements end in time even when the server is frozen.
"""

import math
import select
import time
from typing import Any

from MySQLdb import Error, OperationalError, connections  # type: ignore[import-untyped]

NO_ANSWER = 2013  # as the driver's own "lost connection"


class Connection(connections.Connection):  # type: ignore[misc]
    vouched = False  # the statement about to be sent leaves no trace in the session
    dirty = False  # the session may differ from a new one's
    announced = False  # receivers of connection_created have met this session
    doubtful = False  # the last borrower met an error: ping it, however fresh it is
    first_charset = ""  # the one it was opened with
    uses = 0
    idle_since = 0.0  # when the server last answered: a borrower may keep it long after that
    expires_at = math.inf

    def query(self, query: Any) -> None:
        if not self.vouched:
            self.dirty = True
        super().query(query)
        self.idle_since = time.monotonic()

    def send_query(self, query: Any) -> None:
        self.dirty = True
        super().send_query(query)

    def select_db(self, name: str) -> None:
        self.dirty = True
        super().select_db(name)

    def set_character_set(self, *args: Any) -> None:
        self.dirty = True
        super().set_character_set(*args)

    def run(self, statement: str, limit: float) -> None:
        """The pool's own statement. Unanswered for `limit` seconds it raises
        OperationalError, and the connection must not be used again."""
        super().send_query(statement.encode())
        if not self._readable(limit):
            raise OperationalError(NO_ANSWER, f"The server did not answer within {limit:.1f} s")
        self.read_query_result()
        self.store_result()
        while self.next_result() != -1:
            self.store_result()
        self.idle_since = time.monotonic()

    def alive(self, limit: float) -> bool:
        """One round trip. A connection that has not answered in time must not be used again."""
        try:
            self.run("DO 0", limit)
        except Error:
            return False
        self.doubtful = False
        return True

    def has_ended(self) -> bool:
        """Has the server hung up on this idle connection? Costs no round trip."""
        try:
            return self._readable(0)
        except Error:  # it is closed
            return True

    def _readable(self, limit: float) -> bool:
        answers = select.poll()
        answers.register(self.fileno(), select.POLLIN)
        return bool(answers.poll(None if limit == math.inf else max(0, limit) * 1000))
