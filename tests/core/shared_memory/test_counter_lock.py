"""A process that is suspended (SIGSTOP) while it reads the counters holds up no other one."""

import os
import time
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Thread

import pytest

from core.shared_memory import counter_files
from core.shared_memory.counter_files import NEW, CounterSet, directory, readings, totals
from core.shared_memory.process_counters import Counters

THINGS = CounterSet("things", ("done",), ())


@pytest.fixture
def lock_held(settings, tmp_path: Path) -> Iterator[None]:
    """The lock that a suspended reader has. A lock belongs to the open file, not to the process."""
    settings.INKPOOL_RUN_DIR = tmp_path
    directory().mkdir()
    with (directory() / "lock").open("w") as file:
        flock(file, LOCK_EX)
        yield


def test_first_count_does_not_wait_for_a_suspended_reader(lock_held):
    counters = Counters("x", THINGS)
    thread = Thread(target=counters.add, args=["done"], daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    (path,) = counter_files._own_files()
    (reading,) = counter_files._read(path)
    assert (reading.label, reading.values["done"]) == ("x", 1)


def test_reading_gives_up_after_its_patience(lock_held, monkeypatch):
    monkeypatch.setattr(counter_files, "PATIENCE", 0.01)
    with pytest.raises(BlockingIOError, match="another process holds the lock"):
        readings(THINGS)


def test_file_of_a_process_killed_while_making_it_is_swept_after_a_minute(settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    directory().mkdir()
    left, new = directory() / f"{NEW}1", directory() / f"{NEW}2"
    for path in (left, new):
        path.write_bytes(b"")
    os.utime(left, (time.time() - counter_files.LEFT - 1,) * 2)
    assert totals(readings(THINGS)) == {}
    assert not left.exists() and new.exists()
