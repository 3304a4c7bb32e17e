"""Both sides of a subject, and the book of what was compared.

`flask(call, **args)` runs a function of flask_SUBJECT.py on the real packages; SUBJECT stands in
the test's module. `same` and `differs` compare what both sides showed; each difference on
purpose has its reason, and all of them are listed at the end of the run.
"""

import json
import os
import subprocess
from typing import Any

import pytest
from django.db import connections
from redis import Redis

from tests.core.mysql_pool.conftest import database, engine, server  # noqa: F401  (fixtures)
from tests.processes import ROOT, die_with_parent, stop

FLASK = ROOT / ".venv-flask" / "bin" / "python"
ALIKE: set[str] = set()
DIFFERENT: dict[str, str] = {}


class FlaskError(Exception):
    """What the Flask side raised: `name` is the exception's."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Flask:
    def __init__(self, subject: str) -> None:
        self.process = subprocess.Popen(
            [FLASK, "-W", "ignore::DeprecationWarning", "-m", "tests.parity.worker", subject],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PARITY_MARIADB": json.dumps(mariadb())},
            preexec_fn=die_with_parent,
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


def mariadb() -> dict[str, Any]:
    """The database of these tests, as PyMySQL wants to be told."""
    settings = connections["default"].settings_dict
    socket = settings["OPTIONS"]["unix_socket"]
    return {"unix_socket": socket, "user": settings["USER"], "database": settings["NAME"]}


@pytest.fixture(scope="session", autouse=True)
def environments() -> None:
    if not FLASK.exists() or not os.environ.get("REDIS_URL"):
        pytest.skip("needs the Flask packages, MariaDB and Redis: make parity")


@pytest.fixture(scope="module")
def flask(request: pytest.FixtureRequest, environments: None, django_db_setup: None) -> Any:
    side = Flask(request.module.SUBJECT)
    yield side
    stop(side.process)
    for pipe in (side.process.stdin, side.process.stdout):
        assert pipe
        pipe.close()


@pytest.fixture
def redis() -> Any:
    """The Redis of both sides."""
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


def same(what: str, ours: Any, flasks: Any) -> None:
    """Both sides show the same."""
    assert ours == flasks, f"{what}: here {ours!r}, with Flask {flasks!r}"
    ALIKE.add(what)


def differs(what: str, ours: Any, flasks: Any, why: str, *, expected: tuple[Any, Any]) -> None:
    """Each side shows what is `expected` of it, ours first, which is not the same: on purpose."""
    assert expected[0] != expected[1], f"{what}: no difference is expected"
    assert (ours, flasks) == expected, f"{what}: (here, Flask) is {(ours, flasks)!r}"
    DIFFERENT[what] = why


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not (ALIKE or DIFFERENT):
        return
    terminalreporter.section("parity with Flask")
    number = len(ALIKE) + len(DIFFERENT)
    terminalreporter.line(f"{number} comparisons, {len(DIFFERENT)} of them different on purpose:")
    for what, why in sorted(DIFFERENT.items()):
        terminalreporter.line(f"  {what}: {why}")
