"""A site for the tests of the pool, and a MariaDB of its own that may be ill-treated."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import MySQLdb

from deploy.private_servers import mariadb, short_folder
from tests.site import GRANIAN, GUNICORN, Site

APP = "tests.faults.pool_app:application"
COMMANDS = {
    "granian": [GRANIAN[0], APP, *GRANIAN[2:]],
    "gunicorn": [GUNICORN[0], APP, *GUNICORN[2:]],
    "preload": [GUNICORN[0], APP, "--preload", "--workers=2", "--threads=4", "--bind"],
    "two workers": [GUNICORN[0], APP, "--workers=2", "--threads=16", "--bind"],
    "gunicorn, two workers": [GUNICORN[0], APP, "--workers=2", "--threads=8", "--bind"],
    "granian, two workers": [
        *[GRANIAN[0], APP, "--interface=wsgi", "--workers=2", "--blocking-threads=8"],
        *["--no-ws", "--respawn-failed-workers", "--uds"],
    ],
}
NAME = "inkpool_faults"
SITE_USER = "site"  # not root, for whom the server keeps a connection in reserve


class PoolSite(Site):
    def _command(self, server: str) -> list[str]:
        prefix = "" if server.startswith("granian") else "unix:"
        return [*COMMANDS[server], f"{prefix}{self.socket}"]

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def processes(self) -> list[Path]:
        """The server's and its workers', as folders in /proc."""
        return [each for each in Path("/proc").glob("[0-9]*") if str(self.socket) in command(each)]


def command(process: Path) -> str:
    with suppress(OSError):  # it has ended
        return (process / "cmdline").read_text(errors="replace")
    return ""


def held(process: Path) -> set[str]:
    """Its sockets to MariaDB, all open at one moment: those seen before it and after it."""
    return sockets(process) & sockets(process)


def sockets(process: Path) -> set[str]:
    table = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    unnamed = {f"socket:[{line[6]}]" for line in table if len(line) == 7}  # HTTP's have a path
    return unnamed & {link(each) for each in (process / "fd").iterdir()}


def link(descriptor: Path) -> str:
    with suppress(OSError):  # it was just closed
        return os.readlink(descriptor)
    return ""


class Server:
    """MariaDB with the database of the site: killed, frozen, started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.socket, self._process = folder / "own.sock", ExitStack()
        self.url = f"mysql://{SITE_USER}@localhost/{NAME}?unix_socket={self.socket}"

    def start(self) -> None:
        self._process.enter_context(mariadb(self.socket))

    def make_database(self) -> None:
        self.ask(f"CREATE DATABASE {NAME} COLLATE utf8mb4_unicode_520_ci")
        self.ask(f"CREATE USER {SITE_USER}@localhost")
        self.ask(f"GRANT ALL ON {NAME}.* TO {SITE_USER}@localhost")

    def stop(self) -> None:
        self._process.close()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.stop()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        os.kill(int(self.socket.with_name("mariadb.pid").read_text()), number)

    def connect(self, user: str = "root") -> Any:
        return MySQLdb.connect(unix_socket=str(self.socket), user=user, autocommit=True)

    def ask(self, sql: str) -> Any:
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        connection.close()
        return rows

    def connections(self) -> list[int]:
        """The ids of the site's connections."""
        where = f"user = '{SITE_USER}' ORDER BY id"
        return [
            row[0]
            for row in self.ask(f"SELECT id FROM information_schema.processlist WHERE {where}")
        ]

    def kill_connections(self) -> None:
        """Return once they are gone: the server takes a moment after KILL."""
        killed = set(self.connections())
        for id in killed:
            with suppress(MySQLdb.OperationalError):  # it has gone by itself
                self.ask(f"KILL {id}")
        assert until(lambda: not killed & set(self.connections()))


@contextmanager
def faulty_site(command: str, **variables: str) -> Iterator[tuple[PoolSite, Server]]:
    with short_folder() as folder:
        server = Server(folder)
        server.start()
        try:
            server.make_database()
            site = PoolSite(folder, {"DATABASE_URL": server.url, "PAGE_CACHE": "off"} | variables)
            with site.served(command):
                yield site, server
        finally:
            server.stop()


def until(true: Any, seconds: float = 30) -> bool:
    """Ask until it is so, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False
