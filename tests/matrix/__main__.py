"""`make matrix`: the tests on other servers, Pythons and Djangos, and Django's own tests on ours.

    python -m tests.matrix            every row
    python -m tests.matrix mysql      those with that word in their name

Promises: a table at the end names each row, also those that this machine cannot run, and why.
Exit code 0: none failed; 1: one did; 2: no row has such a name; 130: interrupted.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.processes import terminable
from tests.matrix import dates, peers, pips, pythons, roots, sid, site
from tests.matrix.work import FOLDER, LOGS, CannotRunError, FailedError, log_file

PYTHONS = ("3.11", "3.12", "3.13")
NEXT_DJANGO, ITS_PYTHONS = "6.1", ("3.12", "3.13")
VARIABLES = {
    "mysqld": "TEST_MYSQLD",
    "valkey-server": "TEST_REDIS_SERVER",
    "redis-server": "TEST_REDIS_SERVER",
}


@dataclass
class Row:
    """Work to be done by one Python, with these servers of sid instead of the machine's."""

    name: str
    work: Callable[[Path, dict[str, str], str], str]
    servers: tuple[str, ...] = ()
    python: str | None = None  # the one of .venv
    django: str | None = None  # the locked one
    tells_versions: bool = False  # the work's own words name what it ran on

    def run(self) -> str:
        servers = {VARIABLES[name]: str(sid.program(name)) for name in self.servers}
        own = self.python is None
        python = Path(sys.executable) if own else pythons.environment(self.python, self.django)
        versions = [*map(sid.version, self.servers), *pythons.versions(python)]
        words = self.work(python, servers, self.name)
        return words if self.tells_versions else f"{words} · {', '.join(versions)}"


def rows() -> list[Row]:
    latest = ("mysqld", "valkey-server")
    return [
        Row("ci", site.in_short, ("mysqld",)),
        Row("mysql9-valkey9", site.in_process, latest),
        Row("mysql9-valkey9-served", site.served, latest),
        Row("redis8", site.in_process, ("redis-server",)),
        *(Row(f"python{each}", site.in_process, (), each) for each in PYTHONS),
        *(
            Row(f"django{NEXT_DJANGO}-python{each}", site.in_process, (), each, NEXT_DJANGO)
            for each in ITS_PYTHONS
        ),
        *(Row(name, dates.in_process) for name in dates.YEARS),
        *(Row(name, pips.install_locks, tells_versions=True) for name in pips.PIPS),
        *(Row(name, roots.both_doors, tells_versions=True) for name in roots.RELEASES),
        Row("peers-sessions-redis", peers.session_tests),
        Row("peers-sessions-mysql9-valkey9", peers.session_tests, latest),
        Row("peers-database-mariadb", peers.database_tests),
        Row("peers-database-mysql9", peers.database_tests, latest),
    ]


def main(words: list[str]) -> int:
    chosen = [row for row in rows() if not words or any(word in row.name for word in words)]
    if not chosen:
        names = "\n  ".join(row.name for row in rows())
        print(f"No row has {' or '.join(words)} in its name. They are:\n  {names}", file=sys.stderr)
        return 2
    table: list[tuple[str, str, float, str]] = []
    try:
        with terminable():
            table.extend(map(result, chosen))
    finally:
        show(table)
    return int(any(verdict == "FAILED" for _, verdict, _, _ in table))


def result(row: Row) -> tuple[str, str, float, str]:
    print(f"{row.name} …", file=sys.stderr, flush=True)
    log_file(row.name).unlink(missing_ok=True)
    start = time.monotonic()
    try:
        verdict, words = "passed", row.run()
    except CannotRunError as error:
        verdict, words = "cannot run here", str(error)
    except FailedError as error:
        verdict, words = "FAILED", f"{error} · {LOGS.relative_to(FOLDER.parent.parent)}"
    except (OSError, subprocess.SubprocessError, StopIteration) as error:  # a full disk, say
        verdict, words = "FAILED", f"{type(error).__name__}: {error}"
    return row.name, verdict, time.monotonic() - start, words


def show(table: list[tuple[str, str, float, str]]) -> None:
    for name, verdict, seconds, words in table:
        print(f"{name:30} {verdict:16} {seconds:6.0f} s  {words}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
