"""Words in a shared file: room on the disk, the file's number, and the lock."""

import os
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.shared_memory.shared_words import WORD, boot, locked, shared_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    shared_file(tmp_path / "words", 1000)
    return tmp_path / "words"


def test_file_has_its_room_on_the_disk(path: Path) -> None:
    """Writing into a hole would kill the process once the disk is full."""
    assert path.stat().st_blocks * 512 >= path.stat().st_size == 1000 * WORD


def test_file_that_gets_no_room_leaves_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(OSError, match="No space left"):
            shared_file(path, 1000)
    assert len(os.listdir("/proc/self/fd")) == before


def test_number_is_that_of_the_file_and_of_this_start_of_the_machine(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared_file(path, 1000)
    assert file.number == shared_file(path, 1000).number
    assert file.number != shared_file(path.with_name("other"), 1000).number
    before = file.number
    monkeypatch.setattr("core.shared_memory.shared_words.boot", lambda: "another start")
    assert file.number != before


def test_machine_without_proc_is_named_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.shared_memory.shared_words.BOOT", tmp_path / "missing")
    assert boot.__wrapped__() == str(uuid.getnode())


def test_lock_excludes_other_threads_and_leaves_nothing_open(path: Path) -> None:
    def try_it() -> None:
        with locked(path, patience=0.05):
            pass

    before = len(os.listdir("/proc/self/fd"))
    with ThreadPoolExecutor(1) as pool:
        with locked(path, patience=1), pytest.raises(BlockingIOError, match="holds the lock"):
            pool.submit(try_it).result(20)
        pool.submit(try_it).result(20)
    assert len(os.listdir("/proc/self/fd")) == before


def test_lock_of_a_killed_process_is_released(path: Path) -> None:
    line, end = os.pipe()
    if not (child := os.fork()):
        with locked(path, patience=1):
            os.write(end, b"1")
            signal.pause()
    os.read(line, 1)
    with pytest.raises(BlockingIOError), locked(path, patience=0):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with locked(path, patience=0):
        pass


def test_child_forked_under_the_lock_does_not_keep_it(path: Path) -> None:
    line, end = os.pipe()
    with locked(path, patience=1):
        if not (child := os.fork()):
            os.read(line, 1)
            os._exit(0)
    with locked(path, patience=0):
        pass
    os.write(end, b"1")
    os.waitpid(child, 0)
