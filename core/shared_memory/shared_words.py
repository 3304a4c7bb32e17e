"""A file of 64-bit words that the processes of a host share as memory (Flask has no counterpart).

Promises: whoever opens it has a number of its own, `me`, and is_alive() says of any number whether
it is one of the living: the kernel holds a lock for each until its process ends, in whatever
container. `home` is a number of this very file on this machine since it was started: a copy has
another one. What cannot be opened raises OSError; one that is cut short kills who has it mapped.
"""

import mmap
import os
import secrets
import struct
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EAGAIN
from fcntl import F_OFD_GETLK, F_OFD_SETLK, F_UNLCK, F_WRLCK, fcntl
from functools import cache
from hashlib import sha256
from pathlib import Path

WORD = 8
BYTE_LOCK = "hhqqi0q"  # struct flock of the kernel
LAST = 1 << 62  # the greatest number of a process, each of which is a byte that can be locked
Place = tuple[int, int]  # device and inode
LONG = 30.0  # seconds; whoever is alone is so for microseconds, unless he is stopped
PAUSE = 0.0005
STOPPED = "another process holds its lock and does not go on"
BOOT = Path("/proc/sys/kernel/random/boot_id")


class SharedFile:
    """`words` are `count` unsigned numbers; a word is stored in one piece."""

    def __init__(self, path: Path, count: int) -> None:
        self.words, self._descriptor = mapped_and_opened(path, count)
        self.leave = weakref.finalize(self, os.close, self._descriptor)
        self.leave.atexit = False  # the kernel's, when nothing is written any more
        self.place = place(self._descriptor)
        self.home = home(self.place)
        self._lock = threading.Lock()
        self.me = secrets.randbits(62) + 1  # a pid would be another's some day
        fcntl(self._descriptor, F_OFD_SETLK, byte_lock(F_WRLCK, self.me))

    def is_at(self, path: str) -> bool:
        """Is it what others find there?"""
        try:
            return place(path) == self.place
        except OSError:
            return False

    def is_alive(self, number: int) -> bool:
        """False for what is no number of a process, too."""
        if number == self.me:
            return True
        if not 0 < number <= LAST:
            return False
        found = fcntl(self._descriptor, F_OFD_GETLK, byte_lock(F_WRLCK, number))
        return struct.unpack(BYTE_LOCK, found)[0] != F_UNLCK

    @contextmanager
    def alone(self, patience: float = LONG) -> Iterator[None]:
        """Among threads by the lock, among processes by the kernel's, which ends with them.

        Raises BlockingIOError if somebody else is for `patience` seconds: he may be stopped.
        """
        if not self._lock.acquire(timeout=patience):
            raise BlockingIOError(EAGAIN, STOPPED)
        try:
            self._take(time.monotonic() + patience)
            yield
        finally:
            fcntl(self._descriptor, F_OFD_SETLK, GIVEN_BACK)
            self._lock.release()

    def _take(self, until: float) -> None:
        while True:
            try:
                fcntl(self._descriptor, F_OFD_SETLK, TAKEN)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise BlockingIOError(EAGAIN, STOPPED) from None
                time.sleep(PAUSE)
            else:
                return


def mapped_and_opened(path: Path, count: int) -> tuple[memoryview, int]:
    """The words, and a descriptor for the locks. Not the same: a mapping keeps its descriptor, and
    a forked child that still has a mapping of its parent's would keep the parent's locks."""
    words, found = mapped(path, count)
    descriptor = opened(path, count)
    if place(descriptor) == found:
        return words, descriptor
    os.close(descriptor)
    return mapped_and_opened(path, count)  # it was replaced between the two


def shared_words(path: Path, count: int) -> memoryview:
    """`count` words that all processes opening this path share. Raises OSError."""
    return mapped(path, count)[0]


def mapped(path: Path, count: int) -> tuple[memoryview, Place]:
    descriptor = opened(path, count)
    try:
        return memoryview(mmap.mmap(descriptor, count * WORD)).cast("Q"), place(descriptor)
    finally:
        os.close(descriptor)


def opened(path: Path, count: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
    try:
        os.posix_fallocate(descriptor, 0, count * WORD)  # a disk that fills up later kills nobody
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o660)  # the umask would keep the group out
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def place(of: str | Path | int) -> Place:
    found = os.stat(of)
    return found.st_dev, found.st_ino


def home(place: Place) -> int:
    """62 bits, the same for all processes and containers that share the file."""
    return int.from_bytes(sha256(f"{boot()} {place}".encode()).digest()[:8]) >> 2


@cache
def boot() -> str:
    try:
        return BOOT.read_text()
    except OSError:
        return str(uuid.getnode())


def byte_lock(kind: int, at: int) -> bytes:
    return struct.pack(BYTE_LOCK, kind, os.SEEK_SET, at, 1, 0)


TAKEN, GIVEN_BACK = byte_lock(F_WRLCK, 0), byte_lock(F_UNLCK, 0)  # by who is alone
