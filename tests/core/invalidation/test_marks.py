"""What a mark of a writer stands for, from its beginning to its end."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.invalidation import generations as module
from core.invalidation.generations import Generations
from core.shared_memory.shared_words import SharedFile

ARTICLES, USERS = 1, 2
WRITERS, ROUNDS = 8, 25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path, ("articles", "users"))


def in_a_child(do: Callable[[], None]) -> None:
    if not (child := os.fork()):
        try:
            do()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_the_mark_goes_once_the_new_generation_is_there(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is killed between the two must leave the mark."""
    before, then = ours.stamp(), []
    monkeypatch.setattr(module, "clear", lambda words, at: then.append(ours.stamp()))
    ours.end(ours.begin(ARTICLES), ARTICLES)
    assert then and then[0] != before


def test_each_of_many_writers_has_a_mark(ours: Generations) -> None:
    def begin(_: int) -> list[int]:
        marks = [ours.begin(ARTICLES) for _ in range(ROUNDS)]
        return [mark.at for mark in marks if mark]

    with ThreadPoolExecutor(WRITERS) as pool:
        found = [at for taken in pool.map(begin, range(WRITERS)) for at in taken]
    assert len(found) == len(set(found)) == WRITERS * ROUNDS


def test_writers_of_several_processes_have_marks_of_their_own(ours: Generations) -> None:
    line, end = os.pipe()
    children = []
    for _ in range(4):
        if not (child := os.fork()):
            taken = [ours.begin(ARTICLES) for _ in range(ROUNDS)]
            os.write(end, b"".join(b"%4d" % mark.at for mark in taken if mark))
            signal.pause()
        children.append(child)
    found: list[bytes] = []
    while len(found) < 4 * ROUNDS:
        said = os.read(line, 4)
        found.append(said)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert len(set(found)) == 4 * ROUNDS


def test_what_a_killed_writer_wrote_later_is_noticed_too(ours: Generations) -> None:
    before = ours.read(ARTICLES), ours.read(USERS)

    def write_and_die() -> None:
        mark = ours.begin(ARTICLES)
        ours.widen(mark, USERS)
        os.kill(os.getpid(), signal.SIGKILL)

    in_a_child(write_and_die)
    ours.look_after()
    assert ours.read(ARTICLES) != before[0]
    assert ours.read(USERS) != before[1]


def test_a_childs_end_leaves_the_mark_of_its_parent(ours: Generations) -> None:
    mark = ours.begin(ARTICLES)
    assert mark
    words = ours._words

    def end_anothers() -> None:
        file = mark.file
        file.me = 4711  # as another process has another number
        ours.end(mark, ARTICLES)

    in_a_child(end_anothers)
    assert words[mark.at]
    ours.end(mark, ARTICLES)
    assert not words[mark.at]


def test_who_cannot_be_alone_in_time_is_told_why(ours: Generations, path: Path) -> None:
    theirs = SharedFile(path, module.END)
    held, hurried = ours._file.alone(), theirs.alone(patience=0.05)
    with held, pytest.raises(BlockingIOError, match="another process holds its lock"), hurried:
        pass
    with theirs.alone(patience=0):  # and is in nobody's way afterwards
        pass


@pytest.mark.parametrize("read", [Generations.stamp, lambda ours: ours.read(ARTICLES)])
def test_a_file_that_is_put_back_has_no_old_numbers(
    ours: Generations, path: Path, read: Callable[[Generations], object]
) -> None:
    """They may be those of something that is still kept."""

    def seen() -> object:
        ours._look_at = 0  # a look is due
        return read(ours)

    aside, first = path.with_suffix(".aside"), seen()
    path.rename(aside)
    second = seen()
    aside.rename(path)
    assert len({first, second, seen()}) == 3


def test_what_cannot_be_given_its_size_leaves_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: int) -> None:
        raise OSError(28, "No space left on device")

    Generations(path, ["articles"])
    monkeypatch.setattr(os, "posix_fallocate", full)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(OSError, match="No space left"):
            Generations(path, ["articles"])
    assert len(os.listdir("/proc/self/fd")) == before
