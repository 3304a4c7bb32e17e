"""Reads the counters of all processes of the host, and sweeps the files of ended processes.

    found = readings(POOL)                one for each process and label, then one for the ended
    totals(found)["default"]["borrowed"]

A file holds the number of its words, the words, and their names as JSON, so each release reads
what another one counts.

Guarantees: a counter never goes back, for what a process has counted is added to the file of the
ended ones before its own is removed. Files of another site in the same RUN_DIR are not read.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fcntl import LOCK_NB, LOCK_SH, flock
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from core.shared_memory.shared_words import WORD, locked

ENDED = "ended"
NEW = "new-"  # how the name of a file begins that is being made
PATIENCE = 1.0  # seconds for which a reader waits for another one
LEFT = 60  # seconds after which a file still being made is that of a killed process


@dataclass(frozen=True)
class CounterSet:
    """Names of numbers: `counters` only grow and outlive their process, `gauges` do not."""

    name: str
    counters: tuple[str, ...]
    gauges: tuple[str, ...]


class Reading(NamedTuple):
    """The numbers of a process, or of all ENDED ones; a name that it does not count is 0."""

    process: str  # `pid.random`, because processes in different containers may have one pid
    set_name: str
    label: str
    values: Counter[str]

    @property
    def pid(self) -> int | None:
        return None if self.process == ENDED else int(self.process.partition(".")[0])


def readings(counter_set: CounterSet) -> list[Reading]:
    """The numbers of each living process in this set, then those of all ended ones together.

    Raises OSError when RUN_DIR cannot be read and written, also if another reader, which is
    suspended (SIGSTOP), holds the lock.
    """
    directory().mkdir(mode=0o770, parents=True, exist_ok=True)
    lock = directory() / "lock"
    lock.touch(0o660)
    with locked(lock, PATIENCE):
        _sweep()
        found = [reading for path in _own_files() for reading in _read(path)]
        return [each for each in (*found, *_ended()) if each.set_name == counter_set.name]


def totals(found: list[Reading]) -> dict[str, Counter[str]]:
    """By label, in its order: the sum of each number, and `processes`, how many of them live."""
    sums: dict[str, Counter[str]] = {}
    for each in sorted(found, key=lambda reading: reading.label):
        sums.setdefault(each.label, Counter()).update(each.values)
    for label, values in sums.items():
        values["processes"] = len({each.process for each in found if each.label == label} - {ENDED})
    return sums


def foreign_processes() -> int:
    """The number of living processes of other sites in this RUN_DIR."""
    foreign = set(directory().glob("*.*.*.*")).difference(_own_files())
    return len({_process(path) for path in foreign if _is_held(path)})


def directory() -> Path:
    return settings.INKPOOL_RUN_DIR / "counters"


@cache
def site() -> str:
    """A digest of the database's name and the secret key, which all releases of a site share.

    Only Django's own settings are read: the database engine also runs under those of others.
    """
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if database["ENGINE"].endswith("sqlite3"):
        name = os.path.realpath(name)
    salt = "core.shared_memory.counter_files.site"
    return salted_hmac(salt, name, algorithm="sha256").hexdigest()[:8]


def _own_files() -> list[Path]:
    return sorted(directory().glob(f"{site()}.*.*.*"))


def _process(path: Path) -> str:
    return path.name.partition(".")[2].rpartition(".")[0]


def _is_held(path: Path) -> bool:
    """Whether its process lives, which has locked it; if it may not be opened, by the pid."""
    try:
        with path.open("rb") as file:
            flock(file, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    except OSError:
        return Path("/proc", path.name.split(".")[1]).exists()
    return False


def _sweep() -> None:
    """Adds the counters of ended processes to the file of the ended, and removes their files."""
    for path in directory().glob(f"{NEW}*"):
        with suppress(FileNotFoundError):  # it has its name now
            if path.stat().st_mtime < time.time() - LEFT and not _is_held(path):
                path.unlink()
    if not (ended := [path for path in _own_files() if not _is_held(path)]):
        return
    sums = {(each.set_name, each.label): each.values for each in _ended()}
    for each in (reading for path in ended for reading in _read(path, has_ended=True)):
        sums.setdefault((each.set_name, each.label), Counter()).update(each.values)
    new = _ended_file().with_suffix(".new")
    new.write_text(json.dumps([(*key, values) for key, values in sums.items()]))
    new.chmod(0o660)
    new.replace(_ended_file())
    for path in ended:
        path.unlink(missing_ok=True)


def _ended_file() -> Path:
    return directory() / f"{site()}.{ENDED}"


def _ended() -> list[Reading]:
    """Begins anew if there is no file, or only a part of it after a loss of power."""
    try:
        content = json.loads(_ended_file().read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [Reading(ENDED, name, label, Counter(values)) for name, label, values in content]


def _read(path: Path, *, has_ended: bool = False) -> Iterator[Reading]:
    """Nothing if RUN_DIR is being removed, or the file is not whole after a loss of power."""
    try:
        content = path.read_bytes()
        end = WORD * (1 + int.from_bytes(content[:WORD], sys.byteorder))
        header = json.loads(content[end:])
    except (FileNotFoundError, ValueError):
        return
    names = header["counters"] + ([] if has_ended else header["gauges"])
    numbers = zip(names, memoryview(content[WORD:end]).cast("Q"), strict=False)
    yield Reading(_process(path), header["name"], header["label"], Counter(dict(numbers)))
