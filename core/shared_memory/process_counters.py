"""Counters of this process, which every process of the host can read (Flask: no counterpart).

    pages = Counters("pages")                       of one cache; others name their set of counters
    pages.add("hits")
    pages.set(entries=12, bytes=48_000)

A process writes them to a file of 64-bit words in RUN_DIR/counters as to memory;
core/shared_memory/counter_files.py reads the files of all processes.

Guarantees: a count is exact among threads, costs no system call but the first one, waits for no
other process, and raises nothing. Where RUN_DIR cannot be used, one line of log says so, core.W005
names it, and the counts stay in private memory. A file is made at the first count, and a forked
child makes files of its own.

This is not prometheus-client's multiprocess mode, whose one lock is not reentrant: a worker would
hang as soon as the garbage collector returned a connection to its pool in the midst of a count. It
also tells processes apart by their pids, which containers share, keeps the file of each process
that ever ran, and has its files grow by holes, so a full disk kills the process that counts.
"""

import json
import logging
import os
import secrets
import weakref
from dataclasses import asdict
from fcntl import LOCK_EX, flock
from threading import RLock

from django.conf import settings

from core.shared_memory.cache_counters import CACHE
from core.shared_memory.counter_files import NEW, CounterSet, directory, site
from core.shared_memory.shared_words import WORD, shared_words
from core.workers.per_process import per_process

logger = logging.getLogger(__name__)


class Counters:
    """The counts of this process about `label`, by which those of all processes are summed."""

    def __init__(self, label: str, counter_set: CounterSet = CACHE) -> None:
        self.file = per_process(lambda: ProcessFile(label, counter_set))

    def add(self, name: str, amount: int = 1) -> None:
        file = self.file()
        with file.lock:
            file.words[file.index[name]] += amount

    def get(self, name: str) -> int:
        file = self.file()
        return file.words[file.index[name]]

    def set(self, **values: int) -> None:
        file = self.file()
        for name, value in values.items():
            file.words[file.index[name]] = value


class ProcessFile:
    """A file that the kernel keeps locked for as long as this object and its process live."""

    def __init__(self, label: str, counter_set: CounterSet) -> None:
        names = (*counter_set.counters, *counter_set.gauges)
        self.index = {name: at for at, name in enumerate(names, start=1)}
        self.lock = RLock()  # the garbage collector may count in the midst of a count
        self.words = memoryview(bytearray(WORD * (1 + len(names)))).cast("Q")
        try:
            self._make(json.dumps({**asdict(counter_set), "label": label}).encode())
        except OSError as error:
            logger.warning(
                "RUN_DIR=%r: %s; what this process counts is not shown anywhere.",
                str(settings.INKPOOL_RUN_DIR), error.strerror,
            )  # fmt: skip

    def _make(self, header: bytes) -> None:
        """The file gets its name once it is whole and locked: a reader sweeps what is not locked.
        So a count never waits for another process."""
        directory().mkdir(mode=0o770, parents=True, exist_ok=True)
        path = directory() / f"{NEW}{secrets.token_hex(8)}"
        words = shared_words(path, len(self.words))
        descriptor = os.open(path, os.O_RDWR)
        self.close = weakref.finalize(self, os.close, descriptor)
        self.close.atexit = False  # the kernel closes it, after the last count
        os.pwrite(descriptor, header, WORD * len(words))
        flock(descriptor, LOCK_EX)
        words[0] = len(self.index)
        path.rename(directory() / f"{site()}.{process()}.{secrets.token_hex(4)}")
        self.words = words
        _made.add(self)


process = per_process(lambda: f"{os.getpid()}.{secrets.token_hex(4)}")
_made: "weakref.WeakSet[ProcessFile]" = weakref.WeakSet()


def _close_in_child() -> None:
    """A forked child has its parent's descriptors, which would keep the parent's locks."""
    for file in list(_made):
        file.close()
    _made.clear()


os.register_at_fork(after_in_child=_close_in_child)
