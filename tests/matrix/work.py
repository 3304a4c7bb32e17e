"""One command of the matrix: run to its end, its output kept in a log, never left behind."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.processes import ROOT, running

FOLDER = ROOT / ".run" / "matrix"  # what is fetched and built, kept for the next time
LOGS = FOLDER / "logs"


class CannotRunError(Exception):
    """This machine has not got what a row needs; the words say what."""


class FailedError(Exception):
    """A row ran, or should have, and something is wrong; the words say what."""


def run(
    command: Sequence[object], log: str, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Exit code and output of the command, which is also added to the log of that name."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = log_file(log)
    before = path.stat().st_size if path.exists() else 0
    with running(command, path, {**os.environ, **(environment or {})}) as process:
        code = process.wait()
    return code, path.read_bytes()[before:].decode(errors="replace")


def succeed(command: Sequence[object], log: str) -> None:
    """Raises FailedError, with the last line of the output, unless the command exits with 0."""
    code, output = run(command, log)
    if code:
        last = (output.strip().splitlines() or ["no output"])[-1]
        raise FailedError(f"{command[0]} exits with {code}: {last}")


def log_file(name: str) -> Path:
    return LOGS / f"{name}.log"
