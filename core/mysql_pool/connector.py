"""The life of one physical connection: opened, judged before each use, cleaned after it.

Promises: the session is set up once, and again after a borrower made it dirty; nothing but
that costs a round trip, save a ping after half an idle second. What cannot be cleaned raises,
and the pool closes it.
"""

import math
import random
import time
from collections.abc import Sequence
from typing import Any

from MySQLdb import OperationalError  # type: ignore[import-untyped]

from core.mysql_pool.driver import Connection

# After how many idle seconds a connection is pinged before it is lent again. Half a second
# is HikariCP's aliveBypassWindow: a busy pool then spends no round trip on pings.
PING_AFTER = {"checkout": -1.0, "idle": 0.5, "never": math.inf}
JITTER = 0.1  # connections opened together are not all replaced at once


class Connector:
    def __init__(
        self, params: dict[str, Any], setup: Sequence[str], options: dict[str, Any]
    ) -> None:
        self.params = {"autocommit": True} | params
        command = self.params.pop("init_command", "")
        self.setup = [command, *setup] if command else list(setup)
        self.recycle = options["RECYCLE"]
        self.max_usage = options["MAX_USAGE"] or math.inf
        self.ping_after = PING_AFTER[options["PING"]]

    def open(self) -> Connection:
        connection = Connection(**self.params)
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        lifetime = self.recycle * random.uniform(1 - JITTER, 1)
        connection.expires_at = time.monotonic() + lifetime
        return connection

    def usable(self, connection: Connection) -> bool:
        """May it be lent once more? Asks the server only after an idle time or an error."""
        now = time.monotonic()
        if now > connection.expires_at or connection.uses >= self.max_usage:
            return False
        fresh = now - connection.idle_since <= self.ping_after and not connection.doubtful
        return fresh or connection.alive()

    def clean(self, connection: Connection) -> None:
        """Make the session as new; free of charge when the borrower left no trace."""
        if connection.dirty:
            self._start_over(connection)
        elif not connection.get_autocommit():
            connection.rollback()
            connection.autocommit(True)
        connection.uses += 1
        connection.idle_since = time.monotonic()

    def _start_over(self, connection: Connection) -> None:
        """COM_CHANGE_USER to the same user: all of the session ends, its locks included."""
        if not connection.alive():  # change_user() on a lost one breaks the driver's heap
            raise OperationalError("lost")
        password = self.params.get("password", "")
        connection.change_user(self.params["user"], password, self.params.get("database", ""))
        self._set_up(connection)

    def _set_up(self, connection: Connection) -> None:
        with connection.cursor() as cursor:
            for statement in self.setup:
                cursor.execute(statement)
        connection.autocommit(True)
        connection.dirty = False
