"""The site's own tests, as one row of the matrix: within the process, or served over HTTP."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.matrix.work import FailedError, run

WITH_SERVERS = ["-m", "tests.services"]  # else the tests start their own
POOL_AND_SESSIONS = ["tests/core/mysql_pool", "tests/core/sessions"]
# Under granian and under gunicorn; -k leaves SQLite out.
MAIN_JOB = ["-k", "stack"]
MAIN_JOB += [f"tests/http/test_{name}.py" for name in ("sign_in", "main_job", "json")]


def tests(
    marked: str,
    before: list[str],
    python: Path,
    servers: Mapping[str, str],
    log: str,
    *chosen: str,
) -> str:
    """pytest's own last line; raises FailedError unless all that ran have passed."""
    before = [str(python), *before, str(python)] if before else [str(python)]
    command = [*before, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", marked, *chosen]
    code, output = run(command, log, servers)
    last = (output.strip().splitlines() or ["no output"])[-1].strip("= ")
    if code:
        raise FailedError(last)
    return last


IN_PROCESS = "not http and not doors and not browser and not soak and not parity"
in_process = partial(tests, IN_PROCESS, WITH_SERVERS)
served = partial(tests, "(http or soak) and not browser", [])


def in_short(python: Path, servers: Mapping[str, str], log: str) -> str:
    """What a server that the site cannot work with fails first, in a few minutes."""
    http = tests("http", [], python, servers, log, *MAIN_JOB)
    return f"{http}, {in_process(python, servers, log, *POOL_AND_SESSIONS)}"
