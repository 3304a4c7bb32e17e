"""Opens physical connections, judges them before each use and cleans their session after it.

Guarantees: a session is set up once, and again after a borrower made it dirty. Nothing else costs a
round trip, except a ping after half an idle second. A connection that cannot be cleaned raises, and
the pool closes it. When the server refuses a connection, address and password are read again.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from MySQLdb import OperationalError  # type: ignore[import-untyped]

from core.mysql_pool.driver import RETIRED, Connection
from core.mysql_pool.primary import Primary

# Idle seconds after which a connection is pinged before it is checked out again. Half a second is
# HikariCP's aliveBypassWindow: a busy pool then spends no round trip on pings.
PING_AFTER = {"checkout": -1.0, "idle": 0.5, "never": math.inf}
# Idle seconds after which the socket is asked whether the server has hung up. That takes no round
# trip, but a system call: a tenth of a query's time, which a busy pool does not pay.
POLL_AFTER = 0.01
PING_LIMIT = 1.0  # seconds; read_timeout is for queries, which may take long
CLEAN_LIMIT = 5.0  # seconds for the statements that reset a session
CONNECT_TIMEOUT = 10  # seconds, if OPTIONS have none
ACCOUNT = ("user", "password", "database")
READ_ONLY = 1836  # as the server's own "running in read-only mode"
JITTER = 0.1  # connections opened together are not all replaced at once


class Connector:
    """`params` are Django's for the driver; `read_again` returns them as they are now."""

    def __init__(
        self,
        params: dict[str, Any],
        setup: Sequence[str],
        options: dict[str, Any],
        read_again: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self.params = params
        command = params.get("init_command", "")
        self.setup = [command, *setup] if command else list(setup)
        self.recycle = options["RECYCLE"]
        self.max_usage = options["MAX_USAGE"] or math.inf
        self.ping_after = PING_AFTER[options["PING"]]
        self.trusted_for = (
            math.inf if options["PING"] == "never" else min(self.ping_after, POLL_AFTER)
        )
        self.read_again = read_again
        self.primary = Primary()

    def open(self, deadline: float) -> Connection:
        """A new connection by `deadline` (time.monotonic); the driver's errors if not.

        The driver counts in whole seconds, so it may be up to one second later.
        """
        tried = dict(self.params)
        try:
            connection = self._connect(deadline)
        except OperationalError:
            if not self._read_params_again(tried) or time.monotonic() >= deadline:
                raise
            connection = self._connect(deadline)
        try:
            self._set_up(connection, deadline)
            lifetime = self.recycle * random.uniform(1 - JITTER, 1)
            connection.expires_at = time.monotonic() + lifetime
            self.primary.opened(connection, deadline - time.monotonic())
        except BaseException:
            connection.close()
            raise
        return connection

    def _read_params_again(self, tried: dict[str, Any]) -> bool:
        """Whether the parameters now differ from those tried in vain.

        The dict itself is changed, and with it the pool's key: so it stays this pool, with its cap.
        """
        if self.read_again:
            params = self.read_again()
            self.params.update(params)
            for name in self.params.keys() - params.keys():
                self.params.pop(name, None)
        return self.params != tried

    def _connect(self, deadline: float) -> Connection:
        left = max(1, math.ceil(deadline - time.monotonic()))
        params = {"connect_timeout": CONNECT_TIMEOUT, "autocommit": True} | self.params
        params["connect_timeout"] = min(left, params["connect_timeout"])
        params.pop("init_command", None)
        connection = Connection(**params)
        connection.first_charset = connection.character_set_name()
        return connection

    def reason_to_replace(self, connection: Connection, deadline: float) -> str:
        """Why it may not be checked out again, one of pool_counters.REASONS; "" if it may.

        Pings after an idle time or an error, by `deadline` (time.monotonic) at the latest.
        """
        now = time.monotonic()
        if reason := self.overdue(connection, now):
            return reason
        needs_ping = connection.doubtful or now - connection.idle_since > self.ping_after
        if needs_ping or connection.has_ended():
            return "" if connection.answers(min(PING_LIMIT, deadline - now)) else "lost"
        return ""

    def overdue(self, connection: Connection, now: float) -> str:
        """The reason to replace it whether or not it works, or ""."""
        if now > connection.expires_at:
            former = connection.expires_at == RETIRED or connection.of_read_only_server
            return "read_only" if former else "age"
        return "usage" if connection.uses >= self.max_usage else ""

    def clean(self, connection: Connection) -> None:
        """Resets what the borrower has changed in the session; without a change, no round trip.

        Raises OperationalError for a connection to a former primary, which is to be closed.
        """
        if connection.expires_at == RETIRED:
            raise OperationalError(READ_ONLY, "The server has become read-only")
        if connection.dirty:
            self.reset(connection)
        elif not connection.get_autocommit():
            deadline = time.monotonic() + CLEAN_LIMIT
            connection.run("ROLLBACK", CLEAN_LIMIT)
            switch_autocommit_on(connection, deadline)

    def reset(self, connection: Connection) -> None:
        """COM_CHANGE_USER to the same user ends the whole session state, its locks included."""
        connection.dirty = True  # until all is done
        # change_user() on a lost one breaks the driver's heap, and keeps FOUND_ROWS().
        connection.run("SELECT 0 FROM DUAL WHERE FALSE", PING_LIMIT)
        if connection.character_set_name() != connection.first_charset:
            connection.set_character_set(connection.first_charset)  # change_user() asks for it
        connection.change_user(*[self.params.get(name, "") for name in ACCOUNT])
        self._set_up(connection, time.monotonic() + CLEAN_LIMIT)

    def _set_up(self, connection: Connection, deadline: float) -> None:
        for statement in self.setup:
            connection.run(statement, deadline - time.monotonic())
        switch_autocommit_on(connection, deadline)
        connection.dirty = connection.announced = False


def switch_autocommit_on(connection: Connection, deadline: float) -> None:
    """In limited time: the driver's autocommit() waits for a frozen server without limit."""
    if not connection.get_autocommit():
        connection.run("SET autocommit = 1", deadline - time.monotonic())
