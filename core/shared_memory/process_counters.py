"""Where each process of the site shows its numbers, for whoever wants to sum them up.

A process has a small file of 64-bit words in RUN_DIR/board for each thing it counts, and writes
there as to memory; a reader needs no word with it. Its lock, held by the kernel, says that it
lives. What a dead one has counted is added to the file of the retired, so no sum ever goes back.

Promises: writing needs no system call and never fails: where RUN_DIR cannot be used, one line
of log says so, the numbers go nowhere, and core.W005 names it. A forked child shows nothing
under its parent's name. Files of another site in the same RUN_DIR are not added, but counted.
"""

import logging
import os
import secrets
import weakref
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_UN, flock
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import RLock
from urllib.parse import quote, unquote

from django.conf import settings
from django.utils.crypto import salted_hmac

from core.shared_memory.counter_files import RETIRED as RETIRED
from core.shared_memory.counter_files import is_held, pid_of
from core.shared_memory.shared_words import WORD, shared_words

PRIVATE = 0o660  # its owner's and its group's, as the folder's

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subject:
    """What is counted: `counters` only grow and outlive their process, `gauges` do not."""

    name: str
    counters: tuple[str, ...]
    gauges: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.counters + self.gauges

    @property
    def prefix(self) -> str:
        """How its files' names begin: another release may count other things."""
        return f"{self.name}.{digest(*self.names)}.{site()}."


@dataclass(frozen=True)
class Reading:
    """The numbers of one process, or of all dead ones (`pid` 0), about one `label`."""

    pid: int
    label: str
    values: dict[str, int]


class Slots:
    """This process's numbers about one label of a subject: `slots.words[slots.at[name]]`.

    A word has one writer, or every writer uses add().
    """

    def __init__(self, subject: Subject, label: str) -> None:
        self.at = {name: at for at, name in enumerate(subject.names)}
        self._detach()
        try:
            with alone():
                self._open(subject.prefix, label)
        except OSError as error:
            logger.warning("RUN_DIR=%r: %s; nobody sees what this process counts.",
                           str(settings.INKPOOL_RUN_DIR), error.strerror)  # fmt: skip

    def add(self, name: str, amount: int = 1) -> None:
        with self._lock:  # the collector may come back here in the midst: hence an RLock
            self.words[self.at[name]] += amount

    def get(self, name: str) -> int:
        return self.words[self.at[name]]

    def set(self, **values: int) -> None:
        for name, value in values.items():
            self.words[self.at[name]] = value

    def _open(self, prefix: str, label: str) -> None:
        name = f"{prefix}{os.getpid()}.{secrets.token_hex(4)}.{quote(label, safe='')}"
        self.words = shared_words(folder() / name, len(self.at))
        descriptor = os.open(folder() / name, os.O_RDONLY)
        self._close = weakref.finalize(self, os.close, descriptor)
        self._close.atexit = False  # the kernel does it, when nothing is counted any more
        flock(descriptor, LOCK_EX)
        os.chmod(folder() / name, PRIVATE)
        _open_slots.add(self)

    def _detach(self) -> None:
        """Count on, where nobody looks."""
        self._lock = RLock()
        self.words = memoryview(bytearray(len(self.at) * WORD)).cast("Q")

    def forked(self) -> None:
        self._close()  # the parent's own descriptor keeps the lock
        self._detach()


_open_slots: "weakref.WeakSet[Slots]" = weakref.WeakSet()


def _forked() -> None:
    for slots in list(_open_slots):
        slots.forked()
    _open_slots.clear()


os.register_at_fork(after_in_child=_forked)


def readings(subject: Subject) -> list[Reading]:
    """What each living process counts, and the dead ones together under pid 0.

    Raises OSError when RUN_DIR cannot be read and written.
    """
    with alone():
        return [found for path in living(subject) if (found := read(path, subject))]


def totals(found: list[Reading]) -> dict[str, dict[str, int]]:
    """By label: the sum of all processes, the retired included."""
    sums: dict[str, dict[str, int]] = {}
    for reading in found:
        of_label = sums.setdefault(reading.label, defaultdict(int))
        for name, value in reading.values.items():
            of_label[name] += value
    return sums


def strangers() -> int:
    """How many files of living processes of other sites stand in this RUN_DIR."""
    return sum(parts[2] != site() and is_held(path) for path, parts in files())


def other_releases(subject: Subject) -> int:
    """How many living processes of this site count other things under this subject's name."""
    counted, own = digest(*subject.names), (subject.name, site())
    return sum(
        (parts[0], parts[2]) == own and parts[1] != counted and is_held(path)
        for path, parts in files()
    )


def files() -> Iterator[tuple[Path, list[str]]]:
    """All files of processes, with the parts of their names."""
    if not folder().is_dir():
        return
    for path in folder().iterdir():
        parts = path.name.split(".", 5)
        if len(parts) == 6 and parts[3].isdecimal():
            yield path, parts


def folder() -> Path:
    return settings.INKPOOL_RUN_DIR / "board"


@cache
def site() -> str:
    """A site is known by its database's name and its secret key, in whatever folder a release is.

    Both stay when the database's password and address change. Two sites may share no RUN_DIR. Of
    the settings only Django's own are read: the engine also runs under other projects' settings.
    """
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if database["ENGINE"].endswith("sqlite3"):
        name = os.path.realpath(name)
    return salted_hmac(
        "core.shared_memory.process_counters.site", name, algorithm="sha256"
    ).hexdigest()[:8]


def digest(*words: str) -> str:
    return sha256("\0".join(words).encode()).hexdigest()[:8]


@contextmanager
def alone() -> Iterator[None]:
    """Who makes a file, or clears one away, is the only one to do so."""
    folder().mkdir(mode=0o770, parents=True, exist_ok=True)
    descriptor = os.open(folder() / "lock", os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        flock(descriptor, LOCK_UN)  # a child forked meanwhile has a copy, which would keep it
        os.close(descriptor)


def living(subject: Subject) -> list[Path]:
    """Its files, once what the dead have left is added to that of the retired."""
    paths = sorted(folder().glob(f"{subject.prefix}*"))
    for path in paths:
        if pid_of(path) != RETIRED and not is_held(path):
            retire(path, subject)
    return sorted(folder().glob(f"{subject.prefix}*"))


def retire(path: Path, subject: Subject) -> None:
    if not (dead := read(path, subject)):
        return
    retired = folder() / f"{subject.prefix}{RETIRED}.0.{quote(dead.label, safe='')}"
    words = shared_words(retired, len(subject.names))
    for at, name in enumerate(subject.counters):
        words[at] += dead.values[name]
    path.unlink(missing_ok=True)


def read(path: Path, subject: Subject) -> Reading | None:
    """None: somebody is removing RUN_DIR."""
    try:
        content = path.read_bytes().ljust(len(subject.names) * WORD, b"\0")
    except FileNotFoundError:
        return None
    values = dict(zip(subject.names, memoryview(content).cast("Q"), strict=False))
    return Reading(pid_of(path), unquote(path.name.split(".", 5)[5]), values)
