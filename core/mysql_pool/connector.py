"""The life of one physical connection: opened, judged before each use, cleaned after it.

Promises: the session is set up once, and again after a borrower made it dirty; nothing but
that costs a round trip, save a ping after half an idle second. What cannot be cleaned raises,
and the pool closes it. A server that refuses has the address and the password read anew.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from MySQLdb import OperationalError  # type: ignore[import-untyped]

from core.mysql_pool.driver import Connection
from core.mysql_pool.primary import RETIRED, Primary

# After how many idle seconds a connection is pinged before it is lent again. Half a second
# is HikariCP's aliveBypassWindow: a busy pool then spends no round trip on pings.
PING_AFTER = {"checkout": -1.0, "idle": 0.5, "never": math.inf}
# Before that, the socket tells without a round trip whether the server has hung up; a system
# call a tenth as dear as a query, which a pool in full use is spared.
LOOK_AFTER = 0.01
PING_LIMIT = 1.0  # seconds; read_timeout is for queries, which may take long
CLEAN_LIMIT = 5.0  # seconds for the statements that make a session as new
CONNECT_TIMEOUT = 10  # seconds, where OPTIONS name none
ACCOUNT = ("user", "password", "database")
READ_ONLY = 1836  # as the server's own "running in read-only mode"
JITTER = 0.1  # connections opened together are not all replaced at once


class Connector:
    """`params` are Django's for the driver; `read_again` tells them as they are by now."""

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
        self.look_after = math.inf if options["PING"] == "never" else LOOK_AFTER
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
            if not self._read_anew(tried) or time.monotonic() >= deadline:
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

    def _read_anew(self, tried: dict[str, Any]) -> bool:
        """Are the parameters by now others than those tried in vain?

        The dict itself changes, and with it the pool's key: it stays this one, and its cap.
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

    def is_fresh(self, connection: Connection, now: float) -> bool:
        """May it be lent without asking the server?"""
        return (
            now - connection.idle_since <= self.ping_after
            and not connection.doubtful
            and now <= connection.expires_at
            and connection.uses < self.max_usage
            and (now - connection.idle_since <= self.look_after or not connection.has_ended())
        )

    def usable(self, connection: Connection, deadline: float) -> bool:
        """May it be lent once more? Asks the server after an idle time or an error."""
        now = time.monotonic()
        if now > connection.expires_at or connection.uses >= self.max_usage:
            return False
        return self.is_fresh(connection, now) or connection.alive(min(PING_LIMIT, deadline - now))

    def clean(self, connection: Connection) -> None:
        """Make the session as new; free of charge when the borrower left no trace.

        Raises OperationalError for a connection to a former primary, which is not worth it.
        """
        if connection.expires_at == RETIRED:
            raise OperationalError(READ_ONLY, "The server has become read-only")
        if connection.dirty:
            self.start_over(connection)
        elif not connection.get_autocommit():
            deadline = time.monotonic() + CLEAN_LIMIT
            connection.run("ROLLBACK", CLEAN_LIMIT)
            switch_autocommit_on(connection, deadline)

    def start_over(self, connection: Connection) -> None:
        """COM_CHANGE_USER to the same user: all of the session ends, its locks included."""
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
    """Not by the driver's autocommit(), which waits for a frozen server without limit."""
    if not connection.get_autocommit():
        connection.run("SET autocommit = 1", deadline - time.monotonic())
