"""A private MariaDB and Redis on free ports of the loopback, as the notes have them.

Promises: a missing program is one line to type (SystemExit); both servers and their folder are
gone when the block ends, whatever ends it. The account has a password of its own.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import MySQLdb  # type: ignore[import-untyped]
from redis import Redis

from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import PACKAGES, mariadb, redis, require_programs, short_folder

DATABASE, USER = "notes", "notes"
USUAL_LIMIT = 151  # the server's own max_connections


class MariaDB:
    """A running server, and a connection past every pool to look at it."""

    def __init__(self, socket: Path, port: int) -> None:
        self.port, self.password = port, secrets.token_urlsafe(12)
        self._admin = MySQLdb.connect(unix_socket=str(socket), user="root", autocommit=True)
        for statement in (
            f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
            f"CREATE USER {USER}@'{LOOPBACK}' IDENTIFIED BY '{self.password}'",
            f"GRANT ALL ON {DATABASE}.* TO {USER}@'{LOOPBACK}'",
            f"DROP USER IF EXISTS root@'{LOOPBACK}'",
        ):
            self._admin.query(statement)

    @property
    def url(self) -> str:
        return f"mysql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What a driver's connect() is given."""
        account = {"user": USER, "password": self.password, "database": DATABASE}
        return {"host": LOOPBACK, "port": self.port, "charset": "utf8mb4", **account}

    def ask(self, sql: str) -> Any:
        with self._admin.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def status(self, name: str) -> int:
        return int(self.ask(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1])

    def threads_connected(self) -> int:
        """How many are connected, without this onlooker."""
        return self.status("Threads_connected") - 1

    def count(self, work: Callable[[], Any]) -> tuple[int, int]:
        """The round trips of statements and pings, and the connects, meanwhile."""
        names = ("Questions", "Com_admin_commands", "Connections")
        before = [self.status(name) for name in names]
        work()
        trips, pings, connects = (self.status(n) - b for n, b in zip(names, before, strict=True))
        return trips - len(names) + pings, connects

    def close(self) -> None:
        self._admin.close()


class PrivateRedis(NamedTuple):
    url: str
    client: Redis

    def commands(self, work: Callable[[], Any]) -> int:
        """How many a client sent meanwhile; what a script does inside is no round trip."""
        mark = secrets.token_hex(8)
        with self.client.monitor() as monitor:  # type: ignore[no-untyped-call]
            self.client.echo(mark)
            work()
            self.client.echo(mark)
            entries = iter(monitor.next_command, None)
            any(mark in entry["command"] for entry in entries)  # up to the first mark
            meanwhile = takewhile(lambda entry: mark not in entry["command"], entries)
            return sum(entry["client_type"] != "lua" for entry in meanwhile)


@contextmanager
def private_mariadb(threads: int = 0) -> Iterator[MariaDB]:
    """With room for so many threads' connections."""
    require_programs(*(name for name in PACKAGES if name != "redis-server"))
    with short_folder() as folder:
        socket, port = folder / "mariadb.sock", bound_port(0)
        options = ["--skip-networking=0", f"--bind-address={LOOPBACK}", f"--port={port}"]
        options += [f"--max-connections={max(USUAL_LIMIT, threads + 20)}", "--back-log=1024"]
        with mariadb(socket, *options):
            server = MariaDB(socket, port)
            yield server
            server.close()


@contextmanager
def private_redis() -> Iterator[PrivateRedis]:
    require_programs("redis-server")
    with short_folder() as folder:
        port = bound_port(0)
        options = ["--bind", LOOPBACK, "--port", str(port)]
        with redis(folder / "redis.sock", *options), Redis(host=LOOPBACK, port=port) as client:
            yield PrivateRedis(f"redis://{LOOPBACK}:{port}/0", client)
