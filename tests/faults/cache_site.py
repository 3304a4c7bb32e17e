"""Hosts for the tests of the caches: two servers of two workers on one RUN_DIR."""

import http.client
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import MySQLdb
from redis import Redis

from deploy.private_servers import Services, program, short_folder
from deploy.processes import ROOT, running, stop, wait_until
from tests.site import GRANIAN, GUNICORN, HOST, MAKE_PEOPLE, Site

APP = "tests.faults.cache_app:application"
METRICS_KEY = "a-key-for-prometheus"
WORKERS = 2  # of each server
ORM = ("save", "update", "bulk", "atomic", "by_hand", "undone", "many", "create")  # of the app's
WAYS = (*ORM, "raw", "several")
COMMANDS = {
    "granian": [GRANIAN[0], APP, "--interface=wsgi", f"--workers={WORKERS}", *GRANIAN[4:]],
    "gunicorn": [GUNICORN[0], APP, f"--workers={WORKERS}", "--threads=4", "--bind"],
}
COMMANDS["preloaded"] = [*COMMANDS["gunicorn"][:-1], "--preload", "--bind"]
ARTICLES = """
from accounts.models import User
from articles.models import Article
for number in range(3):
    Article.objects.create(author=User.objects.get(username="alice_writes"), title="At first",
                           slug=f"article-{number}", body="Text.", status="published")
"""


class Answer(NamedTuple):
    status: int
    worker: int
    kept: str  # Cache-Status
    text: str
    cookie: str


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__(HOST, timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Host(Site):
    """A site whose servers are named, each with a socket of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment | {"PYTHONPATH": str(ROOT)})
        self.servers: dict[str, int] = {}  # and how many workers each has

    @contextmanager
    def serve(self, *names: str) -> Iterator["Host"]:
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(self._server(name))
            for name in names:
                self.servers[name] = WORKERS
                stack.callback(self.servers.pop, name)
                self.all_workers(name)
            yield self

    @contextmanager
    def _server(self, name: str) -> Iterator[None]:
        address = str(self.socket_of(name))
        command = [*COMMANDS[name], address if name == "granian" else f"unix:{address}"]
        log = self.folder / f"{name}.log"
        with running([sys.executable, "-m", *command], log, self.environment) as process:
            wait_until(lambda: self.ask(name, "/livez"), OSError, process, log)
            yield

    def socket_of(self, name: str) -> Path:
        return self.folder / f"{name}.sock"

    def ask(self, server: str, path: str, timeout: float = 30, **headers: str) -> Answer:
        connection = UnixConnection(self.socket_of(server), timeout)
        try:
            wanted = {"Accept": "text/html", "Accept-Language": "en", **headers}
            connection.request("GET", path, headers=wanted)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status == 500:
            print(self.log(server)[-5000:])
        return Answer(
            answer.status,
            int(answer.headers.get("X-Worker", 0)),
            answer.headers.get("Cache-Status", ""),
            text,
            "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", [])),
        )

    def log(self, server: str) -> str:
        return (self.folder / f"{server}.log").read_text(errors="replace")

    def each_worker(self, server: str, path: str, **headers: str) -> dict[int, Answer]:
        """The first answer of each worker."""
        answers: dict[int, Answer] = {}
        deadline = time.monotonic() + 60
        while len(answers) < self.servers[server]:
            assert time.monotonic() < deadline, f"{server} has the workers {[*answers]} only"
            answer = self.ask(server, path, **headers)
            answers.setdefault(answer.worker, answer)
        return answers

    def all_workers(self, server: str) -> set[int]:
        return {*self.each_worker(server, "/about/")}

    def write(self, server: str, way: str, title: str) -> None:
        answer = self.ask(server, f"/cache/write/{way}/?title={quote(title)}")
        assert answer.status == 200, (way, answer)

    def admit(self, name: str) -> str:
        """The session cookie of a new sign-in."""
        return self.ask(next(iter(self.servers)), f"/cache/admit/{name}/").cookie


class Database:
    """Asks SQL, past the site."""

    def __init__(self, url: str) -> None:
        address, _, socket = url.partition("?unix_socket=")
        self.place = {"unix_socket": socket, "user": "root", "db": address.rpartition("/")[2]}

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        connection = MySQLdb.connect(**self.place, charset="utf8mb4", autocommit=True)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def ask(self, sql: str) -> list[Any]:
        with self.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def titles(self) -> list[str]:
        order = "ORDER BY publish_at DESC, id DESC"
        return [title for (title,) in self.ask(f"SELECT title FROM articles_article {order}")]


class CacheRedis:
    """The Redis of the caches alone: stopped, frozen, and started again with what it had."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, ExitStack()
        self.socket = folder / "cache.sock"
        self.url = f"unix://{self.socket}?db=0"
        self.client = Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        log = self.folder / "cache-redis.log"
        command = [program("redis-server"), "--port", "0", "--unixsocket", self.socket]
        command += ["--dir", self.folder, "--save", "", "--dbfilename", "old.rdb"]
        self.process = self.processes.enter_context(running(command, log))
        wait_until(self.client.ping, Exception, self.process, log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        stop(self.process)


class Stage(NamedTuple):
    host: Host
    other: Host  # another host: a RUN_DIR of its own on the same servers
    database: Database
    redis: CacheRedis


@contextmanager
def stage(services: Services, session_db: int) -> Iterator[Stage]:
    with short_folder() as folder, short_folder() as other_folder:
        redis = CacheRedis(folder)
        with redis.processes:
            redis.start()
            environment = {
                "DATABASE_URL": services.new_database(),
                "SESSION_REDIS_URL": services.redis_url(session_db),
                "CACHE_URL": redis.url,
                "DB_POOL_MAX_CONNECTIONS": "4",
                "PAGE_CACHE": "on",
                "METRICS_KEY": METRICS_KEY,
            }
            host = Host(folder, environment)
            assert host.manage("migrate", "-v0").returncode == 0
            host.shell(MAKE_PEOPLE + ARTICLES)
            other = Host(other_folder, host.environment | {"RUN_DIR": str(other_folder / "run")})
            yield Stage(host, other, Database(environment["DATABASE_URL"]), redis)
