"""mysqlclient's connection, with what the pool records about it.

Guarantees: a statement that is not known to be harmless makes the connection dirty, also if it is
sent past Django's cursors. The pool's own statements end in time even if the server is frozen.
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
# Bytes of a statement that every server takes: net_buffer_length's default, which is the least that
# max_allowed_packet may be.
ALWAYS_TAKEN = 16 * 1024
RETIRED = -math.inf  # the expires_at of a connection to a former primary
PACKET_LIMIT = 10.0  # seconds for the question how long a statement may be


class Connection(connections.Connection):  # type: ignore[misc]
    vouched = False  # the statement about to be sent leaves no trace in the session
    dirty = False  # the session may differ from a new one's
    announced = False  # connection_created has been sent for this session
    doubtful = False  # the last borrower met an error: ping it, however fresh it is
    first_charset = ""  # the one it was opened with
    uses = 0  # check-outs
    idle_since = 0.0  # when the server last answered; it may be checked in long after that
    expires_at = math.inf
    of_read_only_server = False  # opened while its server took no writes: it lasts a second
    # Called when a write is refused, with the server's variable that is the reason.
    write_refused: "Callable[[Connection, str], None] | None" = None
    max_packet = 0  # bytes; 0: not asked yet

    def query(self, query: Any) -> None:
        if not self.vouched:
            self.dirty = True
        if len(query) > ALWAYS_TAKEN:
            self._refuse_too_long(query)
        try:
            connections.Connection.query(self, query)  # super() costs as much as this method
        except Error as error:
            self._report_refused_write(error)
            raise
        self.idle_since = time.monotonic()

    def commit(self) -> None:
        try:
            super().commit()
        except Error as error:
            self._report_refused_write(error)
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

    def is_clean(self) -> bool:
        """Whether the next borrower may have it as it is. Costs no round trip."""
        try:
            return not self.dirty and self.expires_at != RETIRED and self.get_autocommit()
        except Error:  # it is closed
            return False

    def run(self, statement: str, limit: float) -> None:
        """Runs a statement of the pool's own.

        Raises OperationalError if the server does not answer within `limit` seconds; the connection
        must not be used again then.
        """
        self._ask(statement, limit)
        self.store_result()
        while self.next_result() != -1:
            self.store_result()
        self.idle_since = time.monotonic()

    def value(self, statement: str, limit: float) -> Any:
        """The first value of the answer to a SELECT of the pool's own; otherwise as run()."""
        self._ask(statement, limit)
        return self.store_result().fetch_row()[0][0]

    def answers(self, limit: float) -> bool:
        """Whether the server answers a ping within `limit` seconds: one round trip.

        If it does not, the connection must not be used again.
        """
        try:
            self.run("DO 0", limit)
        except Error:
            return False
        self.doubtful = False
        return True

    def has_ended(self) -> bool:
        """Whether the server has hung up on this idle connection. Costs no round trip."""
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
        """The server would hang up on it, which would look like an outage (2006)."""
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

    def _report_refused_write(self, error: Exception) -> None:
        if self.write_refused and (variable := read_only_variable(error)):
            self.write_refused(self, variable)

    def _readable(self, limit: float) -> bool:
        answers = select.poll()
        answers.register(self.fileno(), select.POLLIN)
        return bool(answers.poll(None if limit == math.inf else max(0, limit) * 1000))
