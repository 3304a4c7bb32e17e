"""A file of 64-bit words that the processes of a host share as memory (Flask has no counterpart).

Guarantees: a word is stored in one piece. A file that cannot be opened raises OSError. If it is cut
short while it is mapped, the kernel kills the processes that read it (SIGBUS).
"""

import mmap
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EAGAIN
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

WORD = 8  # bytes
PAUSE = 0.0005  # seconds between two attempts to get the lock
BOOT = Path("/proc/sys/kernel/random/boot_id")
Place = tuple[int, int]  # device and inode


class SharedFile(NamedTuple):
    words: memoryview
    place: Place

    @property
    def number(self) -> int:
        """62 bits: the same in all processes and containers that share the file, others for a copy
        of it and after a restart of the machine."""
        return int.from_bytes(sha256(f"{boot()} {self.place}".encode()).digest()[:8]) >> 2


def shared_file(path: Path, count: int) -> SharedFile:
    """Map `count` words; a missing file or folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
    try:
        # Without room of its own a full disk would kill a process that writes a word.
        os.posix_fallocate(descriptor, 0, count * WORD)
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o660)  # the umask would keep the group out
        words = memoryview(mmap.mmap(descriptor, count * WORD)).cast("Q")
        return SharedFile(words, place(descriptor))
    finally:
        os.close(descriptor)


def shared_words(path: Path, count: int) -> memoryview:
    """`count` words that all processes opening this path share. Raises OSError."""
    return shared_file(path, count).words


def place(of: str | Path | int) -> Place:
    found = os.stat(of)
    return found.st_dev, found.st_ino


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Exclude other threads and processes; the kernel releases the lock of one that ends.

    Raises BlockingIOError after `patience` seconds, if the holder is suspended (SIGSTOP), and
    OSError if there is no such file.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        acquire(descriptor, time.monotonic() + patience)
        yield
    finally:
        flock(descriptor, LOCK_UN)  # a child forked meanwhile has a copy, which would keep it
        os.close(descriptor)


def acquire(descriptor: int, until: float) -> None:
    while True:
        try:
            return flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise BlockingIOError(EAGAIN, "another process holds the lock") from None
        time.sleep(PAUSE)


@cache
def boot() -> str:
    """A name of this start of the machine, or of the machine where the kernel gives none."""
    try:
        return BOOT.read_text()
    except OSError:
        return str(uuid.getnode())
