"""Which tables changed, known to every worker of this host (Flask has no counterpart).

A memory of rows or pages reads the generation of what it will show, then the database; it may
serve what it keeps for as long as that generation stands. A writer marks his transaction
before its first write, and gives his subjects a new generation once it is committed.

Promises: what was written is noticed by the next read on every worker, since the numbers stand
in memory that all of them share (a file in RUN_DIR); a generation never returns, for it is
random; a writer that is killed between commit and new generation leaves a mark, which costs the
others LOOK_AFTER at most, in whatever container he was. Reading takes well under a microsecond
and no lock. A RUN_DIR that cannot be used raises ImproperlyConfigured with the reason.
"""

import mmap
import os
import secrets
import struct
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from fcntl import F_OFD_GETLK, F_OFD_SETLK, F_UNLCK, F_WRLCK, LOCK_EX, LOCK_UN, fcntl, lockf
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LOOK_AFTER = 1_000_000_000  # nanoseconds between two looks whether those who write still live
WORD = 8
NEXT_LOOK = 0  # word 0: when somebody must look after the marks; 0: there are none
GENERATIONS = 1  # from word 1 on: a generation for each subject
HOST = 63
MARKS = 64  # from word 64 on: pairs of who is writing, and which subjects
MARK_COUNT = 256  # far more writers at a time than connections
END = MARKS + 2 * MARK_COUNT
UNTOLD = 1 << 63  # in a mark: his commit will not be told
NO_MARKS = bytes(2 * MARK_COUNT * WORD)
BYTE_LOCK = "hhqqi0q"  # struct flock of the kernel


class Generations:
    """The shared numbers of one site.

    `subjects` are names for what is written together, at most 60 of them; `path` is the file.
    Raises OSError when it cannot be opened.
    """

    def __init__(self, path: Path, subjects: Collection[str]) -> None:
        self._last = GENERATIONS + len(subjects)
        self.bits = {subject: 1 << at for at, subject in enumerate(subjects)}
        self.everything = self.mask(subjects)
        self._path, self._words = path, shared_words(path, END)
        self._enter()
        os.register_at_fork(after_in_child=self._enter)
        self.look_after()  # the clock begins anew with the machine: what was due may never be
        self._begin_anew()

    def _enter(self) -> None:
        """As a process of its own, whose number no other has: its byte of the file is locked, by
        the kernel and until it ends. A pid would be another's some day, and is in a container."""
        self._lock = threading.Lock()  # another thread of the parent may hold the one before
        self._file = self._path.open("r+b")
        self.me = secrets.randbits(62) + 1
        fcntl(self._file, F_OFD_SETLK, byte_lock(self.me))

    def _begin_anew(self) -> None:
        """A fresh file: zeroes would be generations that an earlier file has had too."""
        with self._alone():
            if not self._words[HOST]:
                self.bump_all()
                self._words[HOST] = secrets.randbits(62) or 1

    def mask(self, subjects: Iterable[str]) -> int:
        """Subjects as a set of bits. Raises KeyError for an unknown one."""
        return sum(self.bits[subject] for subject in set(subjects))

    def read(self, mask: int) -> tuple[int, ...]:
        """The generations of these subjects; equal later means that nothing was written."""
        due = self._words[NEXT_LOOK]
        if due and self._is_unsettled(due):
            return (secrets.randbits(64),)
        return tuple(self._words[GENERATIONS + at] for at in positions(mask))

    def stamp(self) -> bytes:
        """The generations of all subjects together, to be compared with a later stamp."""
        due = self._words[NEXT_LOOK]
        if due and self._is_unsettled(due):
            return secrets.token_bytes(WORD)  # equal to no other: nothing is kept or shown
        return self._words[GENERATIONS : self._last].tobytes()

    def _is_unsettled(self, due: int) -> bool:
        """Has somebody written whose commit nobody will tell of?"""
        if time.monotonic_ns() > due:
            self.look_after(due)
        if not self.is_being_written():
            return False
        return max(self._words[MARKS + 1 : END : 2].tolist()) >= UNTOLD

    def bump(self, mask: int) -> None:
        """A new generation: a word is stored in one piece, so no reader sees half of one."""
        for at in positions(mask):
            self._words[GENERATIONS + at] = secrets.randbits(64)

    def bump_all(self) -> None:
        self.bump(self.everything)

    @property
    def host(self) -> int:
        """A number of this host and site, which all of its processes share."""
        return self._words[HOST]

    def begin(self, mask: int) -> int:
        """Mark a write that is about to happen; returns what end() and widen() take.

        With all marks taken it returns -1: only a writer killed at the wrong moment would
        then go unnoticed.
        """
        with self._alone():
            at = next((at for at in self._marks() if not self._words[at]), -1)
            if at != -1:
                self._words[at + 1] = mask
                self._words[at] = self.me
                self._words[NEXT_LOOK] = self._words[NEXT_LOOK] or next_look()
        return at

    def is_being_written(self) -> bool:
        """Is there a mark? What it stands for may be committed already, and be known to those
        whom the database has told, before it has its new generation."""
        return bool(self._words[NEXT_LOOK]) and self._words[MARKS:END].tobytes() != NO_MARKS

    def widen(self, mark: int, mask: int) -> None:
        """The same transaction writes further subjects too."""
        if mark != -1:
            self._words[mark + 1] |= mask

    def hold(self, mark: int) -> None:
        """The commit of this write will not be told: until end() no generation holds at all."""
        self.widen(mark, UNTOLD)

    def end(self, mark: int, mask: int) -> None:
        """It is committed or undone: a new generation first, only then no mark any more."""
        self.bump(mask)
        if mark != -1 and self._words[mark] == self.me:
            self._words[mark + 1] = 0
            self._words[mark] = 0

    def look_after(self, due: int | None = None) -> None:
        """Finish for those who died; at most one look in LOOK_AFTER while somebody writes.

        Of many who saw that the look was `due`, one looks.
        """
        with self._alone():
            if due not in (None, self._words[NEXT_LOOK]):
                return
            taken = [at for at in self._marks() if self._words[at]]
            for at in taken:
                if not self._is_alive(self._words[at]):
                    self.bump(self._words[at + 1] & ~UNTOLD)
                    self._words[at + 1] = 0
                    self._words[at] = 0
            self._words[NEXT_LOOK] = next_look() if taken else 0

    def _is_alive(self, writer: int) -> bool:
        if writer == self.me:
            return True
        found = fcntl(self._file, F_OFD_GETLK, byte_lock(writer))
        return struct.unpack(BYTE_LOCK, found)[0] != F_UNLCK

    def _marks(self) -> range:
        return range(MARKS, END, 2)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Among threads by the lock, among processes by the kernel's, which ends with them."""
        with self._lock:
            lockf(self._file, LOCK_EX, 1)
            try:
                yield
            finally:
                lockf(self._file, LOCK_UN, 1)


def next_look() -> int:
    return time.monotonic_ns() + LOOK_AFTER


@cache
def positions(mask: int) -> tuple[int, ...]:
    return tuple(at for at in range(mask.bit_length()) if mask >> at & 1)


def byte_lock(at: int) -> bytes:
    return struct.pack(BYTE_LOCK, F_WRLCK, os.SEEK_SET, at, 1, 0)


def shared_words(path: Path, count: int) -> memoryview:
    """`count` unsigned 64-bit words that all processes opening this path share."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
    try:
        os.posix_fallocate(descriptor, 0, count * WORD)  # a disk that fills up later kills nobody
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o660)  # the umask would keep the group out
        return memoryview(mmap.mmap(descriptor, count * WORD)).cast("Q")
    finally:
        os.close(descriptor)


@cache
def generations() -> Generations:
    """This site's. Raises ImproperlyConfigured when RUN_DIR cannot be used."""
    path = settings.RUN_DIR / "generations"
    try:
        return Generations(path, settings.GENERATIONS)
    except OSError as error:
        raise ImproperlyConfigured(
            f"RUN_DIR={str(settings.RUN_DIR)!r} cannot be used: {error.strerror}; it must be a "
            "folder that every worker of this site may write to."
        ) from error
