"""Both sides of a subject.

`flask(call, **args)` runs a function of flask_SUBJECT.py on the real packages; SUBJECT stands in
the test's module. `same` and `differs` of the book compare what both sides showed; each
difference on purpose has its reason, and all of them are listed at the end of the run.
"""

import json
import os
import subprocess
import time
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from redis import Redis

from deploy.processes import ROOT, begin, stop
from tests.core.mysql_pool.conftest import database, engine, server  # noqa: F401  (fixtures)
from tests.parity import book

FLASK = ROOT / ".venv-flask" / "bin" / "python"
HERE = ROOT / "tests" / "parity"
SCRIPT = ROOT / ".venv-flask-script" / "bin" / "python"
OWN = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %r"


class FlaskError(Exception):
    """What the Flask side raised: `name` is the exception's."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Flask:
    def __init__(self, subject: str, python: Path = FLASK) -> None:
        self.process = begin(
            [python, "-W", "ignore::DeprecationWarning", "-m", "tests.parity.worker", subject],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PARITY_MARIADB": json.dumps(mariadb())},
        )

    def __call__(self, call: str, **args: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        print(json.dumps({"call": call, "args": args}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "the Flask side ended; its error is above"
        answer = json.loads(line)
        if "error" in answer:
            raise FlaskError(answer["error"], answer["message"])
        return answer["value"]

    def stop(self) -> None:
        stop(self.process)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


def mariadb() -> dict[str, Any]:
    """The database of these tests, as PyMySQL wants to be told."""
    settings = connections["default"].settings_dict
    socket = settings["OPTIONS"]["unix_socket"]
    return {"unix_socket": socket, "user": settings["USER"], "database": settings["NAME"]}


@pytest.fixture(scope="session", autouse=True)
def environments() -> None:
    if not (FLASK.exists() and SCRIPT.exists()) or not os.environ.get("REDIS_URL"):
        pytest.skip("needs the Flask packages, MariaDB and Redis: make parity")


@pytest.fixture(scope="module")
def flask(request: pytest.FixtureRequest, environments: None, django_db_setup: None) -> Any:
    side = Flask(request.module.SUBJECT)
    yield side
    side.stop()


@pytest.fixture
def redis() -> Any:
    """The Redis of both sides."""
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture
def count(server: Any) -> Any:  # noqa: F811
    """The connections to this database on the server, less those that were there before."""

    def now():
        return server(OWN % mariadb()["database"])[0][0] - before

    before = 0
    before = now()

    def settled(number, patience=3):
        """A connection that was closed is gone for the server a moment later."""
        ends = time.monotonic() + patience
        while now() != number and time.monotonic() < ends:
            time.sleep(0.005)
        return now()

    return settled


@pytest.fixture
def closed(flask: Flask) -> Any:
    """No connection of PooledDB is left from another test."""
    flask("make")
    yield
    flask("make")


@pytest.fixture
def drafts(server: Any) -> Any:  # noqa: F811
    """How many rows have been committed since the last question."""

    def now():
        ((number,),) = server("SELECT COUNT(*) FROM parity_draft")
        server("TRUNCATE parity_draft")
        return number

    server("CREATE TABLE IF NOT EXISTS parity_draft (id INT PRIMARY KEY)")
    now()
    return now


@pytest.fixture(params=["SimpleCache", "RedisCache"])
def backend(request: pytest.FixtureRequest, flask: Flask) -> str:
    """Flask-Caching's; ours is the Redis of this run."""
    cache.clear()
    flask("use", backend=request.param)
    return request.param


@pytest.fixture
def here(settings: Any) -> Any:
    """Our sessions in Redis, under a prefix of these tests."""
    settings.SESSION_ENGINE = "core.sessions.redis"
    settings.INKPOOL_SESSION_KEY_PREFIX = "here:"
    return settings


@pytest.fixture
def visitor(flask: Flask) -> Any:
    """A browser in front of the Flask site."""

    def visit(*do: Any, **options: Any) -> Any:
        answer = flask("visit", do=do, cookie=jar.cookie, **options)
        jar.sent = SimpleCookie("\r\n".join(answer["cookies"])).get("session")
        if jar.sent:
            jar.cookie = f"session={jar.sent.value}" if jar.sent.value else ""
        return answer

    jar = SimpleNamespace(visit=visit, cookie="", sent=None)
    return jar


@pytest.fixture
def clean(redis: Redis) -> Any:
    """Nothing is left in Redis."""
    yield
    for pattern in ("here:*", "parity:*"):
        for key in redis.keys(pattern):
            redis.delete(key)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if book.alike or book.different:
        terminalreporter.section("parity with Flask")
        for line in book.told():
            terminalreporter.line(line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run of all, in which all has passed, is what docs/parity.md tells of."""
    ran = {item.path for item in session.items}
    is_whole = ran >= set(HERE.glob("test_*.py")) and not session.config.option.keyword
    if exitstatus == 0 and is_whole and book.alike:
        book.write()
