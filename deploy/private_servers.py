"""Starts a private MariaDB and a private Redis, for `make stack`, the tests and the benchmarks.

    with services() as servers:
        servers.environment["DATABASE_URL"]

Both listen on socket files in a temporary folder only, so no port is taken and no other server
is met. They are stopped and the folder is removed whatever ends the `with`: an error, Ctrl-C or
SIGTERM. If this process is killed, the kernel stops them (PDEATHSIG).
TEST_MYSQLD and TEST_REDIS_SERVER name other programs to start: MySQL's own, Valkey's.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.processes import running, terminable, wait_until

LAST_LINES = 10  # of a log, which is gone with its folder
LONGEST_FOLDER = 80  # a socket file's path may have 107 bytes
PACKAGES = {
    "mariadb-install-db": "mariadb-server-core",
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "redis-server": "redis-server",
}
MARIADB_OPTIONS = [
    "--skip-networking",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_520_ci",
    "--sql-mode=TRADITIONAL",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",  # the data is removed with the server
    "--innodb-doublewrite=0",
]
MARIADB_ONLY = ["--innodb-log-file-size=16M"]
MYSQL_ONLY = ["--innodb-redo-log-capacity=16M", "--mysqlx=0", "--secure-file-priv=NULL"]


URLS = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "SESSION_REDIS_URL")
# These would lead to another site's data, or contradict what is set for this one.
SECRETS = ("DJANGO_SECRET_KEY", "MEDIA_STORAGE", *URLS)
OTHERS = ("RUN_DIR", "MEDIA_STORAGE", *URLS, *(f"{name}_FILE" for name in SECRETS))


class Services:
    """The URLs of the two running servers."""

    def __init__(self, folder: Path) -> None:
        self.mariadb_socket = folder / "mariadb.sock"
        self.redis_socket = folder / "redis.sock"
        # The URLs of both, and a folder for pictures, whose rows are in the database.
        self.environment = {"MEDIA_STORAGE": str(folder / "media")}
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Create an empty database in the site's collation, and return its URL."""
        name = f"inkpool_{next(self._numbers)}"
        with_connection(
            self.mariadb_socket,
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
        )
        return f"mysql://root@localhost/{name}?unix_socket={self.mariadb_socket}"

    def in_place_of_others(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return `environment` with these servers, and without what names others or a RUN_DIR."""
        own = {name: value for name, value in environment.items() if name not in OTHERS}
        return own | self.environment

    def redis_url(self, number: int = 0) -> str:
        """Return the URL of one of Redis' numbered databases, 0 to 63."""
        return f"unix://{self.redis_socket}?db={number}"


@contextmanager
def services() -> Iterator[Services]:
    """Start both servers; they answer when the block begins.

    Raises SystemExit, with the line to type, if one is not installed.
    """
    require_programs()
    with ExitStack() as stack:
        servers = Services(stack.enter_context(short_folder()))
        stack.enter_context(mariadb(servers.mariadb_socket))
        stack.enter_context(redis(servers.redis_socket))
        servers.environment["DATABASE_URL"] = servers.new_database()
        servers.environment["REDIS_URL"] = servers.redis_url()
        yield servers


def require_programs(*names: str) -> None:
    """Raise SystemExit, with the line to type, if one of `names` (or of PACKAGES) is missing."""
    missing = sorted({PACKAGES[name] for name in names or PACKAGES if not program(name)})
    if missing:
        line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise SystemExit(f"MariaDB or Redis is missing; as root, type: {line}")


def program(name: str) -> str | None:
    """Return the path of a program; servers are often outside an ordinary user's PATH."""
    if other := os.environ.get(f"TEST_{name.upper().replace('-', '_')}"):
        return other
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin")


def installed(name: str) -> str:
    """Return the path of a program. Raises SystemExit, with the line to type, if it is missing."""
    require_programs(name)
    return program(name) or name


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a temporary folder whose path is short enough for a socket file."""
    usual = tempfile.gettempdir()
    parent = usual if len(usual) < LONGEST_FOLDER else "/tmp"
    with terminable(), tempfile.TemporaryDirectory(prefix="inkpool-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
def mariadb(socket: Path, *more_options: str) -> Iterator[None]:
    # Absent in the environment of `make run`.
    from MySQLdb import OperationalError  # type: ignore[import-untyped]

    log = socket.with_name("mariadb.log")
    data, mysqld = socket.with_name("mariadb"), os.environ.get("TEST_MYSQLD")
    place = [f"--datadir={data}"] + ["--user=root"] * (os.geteuid() == 0)
    if not data.exists():  # else it is one that was stopped
        install_mysql(mysqld, place, log) if mysqld else install_mariadb(place, log)
    command = [mysqld or installed("mariadbd"), "--no-defaults", *place, *MARIADB_OPTIONS]
    command += MYSQL_ONLY if mysqld else MARIADB_ONLY
    command += [f"--socket={socket}", f"--pid-file={socket.with_name('mariadb.pid')}"]
    command += more_options
    with running(command, log) as server:
        wait_until(lambda: with_connection(socket, "SELECT 1"), OperationalError, server, log)
        yield


def install_mariadb(place: list[str], log: Path) -> None:
    """Fill the data folder: root needs no password, and the host name is not resolved."""
    command = [installed("mariadb-install-db"), "--no-defaults", *place, "--skip-test-db"]
    fill([*command, "--auth-root-authentication-method=normal", "--force"], log)


def install_mysql(mysqld: str, place: list[str], log: Path) -> None:
    fill([mysqld, "--no-defaults", *place, "--initialize-insecure"], log)


def fill(command: list[str], log: Path) -> None:
    own = os.environ | {"TMPDIR": str(log.parent)}  # parallel installs collide in a shared one
    with log.open("wb") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=own
        )
    if done.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        raise SystemExit(f"{command[0]} failed:\n{last}")


def with_connection(socket: Path, statement: str) -> None:
    import MySQLdb

    connection = MySQLdb.connect(unix_socket=str(socket), user="root")
    try:
        connection.query(statement)
    finally:
        connection.close()


@contextmanager
def redis(socket: Path, *more_options: str) -> Iterator[None]:
    from redis import ConnectionError, Redis

    log = socket.with_name("redis.log")
    command = [installed("redis-server"), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    command += ["--databases", "64", "--dir", str(socket.parent), *more_options]
    with running(command, log) as server, Redis(unix_socket_path=str(socket)) as client:
        wait_until(client.ping, ConnectionError, server, log)
        yield
