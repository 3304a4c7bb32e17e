"""mysqlclient's connection, with what the pool has to know about each one.

Promises: a statement nobody has vouched for makes the connection dirty, also one that is sent
past Django's cursors; the pool's own statements end in time even when the server is frozen.
"""

import math
import select
import time
from collections.abc import Callable
from typing import Any

from MySQLdb import Error, OperationalError, connections  # type: ignore[import-untyped]

from core.failures.read_only import read_only_variable

NO_ANSWER = 2013  # as the driver's own "lost connection"
TOO_LONG = 1153  # as the server's own "packet bigger than max_allowed_packet"
# Bytes of a statement that every server takes: net_buffer_length's default, which
# max_allowed_packet should not be below.
ALWAYS_TAKEN = 16 * 1024
PACKET_LIMIT = 10.0  # seconds for the question how long a statement may be


class Connection(connections.Connection):  # type: ignore[misc]
    vouched = False  # the statement about to be sent leaves no trace in the session
    dirty = False  # the session may differ from a new one's
    announced = False  # receivers of connection_created have met this session
    doubtful = False  # the last borrower met an error: ping it, however fresh it is
    first_charset = ""  # the one it was opened with
    uses = 0
    idle_since = 0.0  # when the server last answered: a borrower may keep it long after that
    expires_at = math.inf
    of_read_only_server = False  # opened while its server took no writes: it lasts a second
    # Told when a write is refused, with the variable of the server that refused it.
    write_refused: "Callable[[Connection, str], None] | None" = None
    max_packet = 0  # bytes; 0: not asked yet

    def query(self, query: Any) -> None:
        if not self.vouched:
            self.dirty = True
        if len(query) > ALWAYS_TAKEN:
            self._refuse_too_long(query)
        try:
            super().query(query)
        except Error as error:
            self._judge(error)
            raise
        self.idle_since = time.monotonic()

    def commit(self) -> None:
        try:
            super().commit()
        except Error as error:
            self._judge(error)
            raise

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
        self._ask(statement, limit)
        self.store_result()
        while self.next_result() != -1:
            self.store_result()
        self.idle_since = time.monotonic()

    def value(self, statement: str, limit: float) -> Any:
        """The first value of the answer to the pool's own SELECT; otherwise as run()."""
        self._ask(statement, limit)
        return self.store_result().fetch_row()[0][0]

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

    def _ask(self, statement: str, limit: float) -> None:
        super().send_query(statement.encode())
        if not self._readable(limit):
            raise OperationalError(NO_ANSWER, f"The server did not answer within {limit:.1f} s")
        self.read_query_result()

    def _refuse_too_long(self, query: Any) -> None:
        """The server would hang up on it, which looks like an outage (2006) and is none."""
        size = len(query.encode()) if isinstance(query, str) else len(query)
        if not self.max_packet:
            self._ask_max_packet()
        if size >= self.max_packet:
            text = f"The statement has {size} bytes; max_allowed_packet is {self.max_packet}"
            raise OperationalError(TOO_LONG, text)

    def _ask_max_packet(self) -> None:
        try:
            self.max_packet = int(self.value("SELECT @@max_allowed_packet", PACKET_LIMIT))
        except Error:
            self.close()  # a late answer would be taken for that of the next statement
            raise

    def _judge(self, error: Exception) -> None:
        if self.write_refused and (variable := read_only_variable(error)):
            self.write_refused(self, variable)

    def _readable(self, limit: float) -> bool:
        answers = select.poll()
        answers.register(self.fileno(), select.POLLIN)
        return bool(answers.poll(None if limit == math.inf else max(0, limit) * 1000))
