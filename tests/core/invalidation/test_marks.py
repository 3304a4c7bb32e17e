"""The mark of a pending write: from its beginning to its end, or to its deadline."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.invalidation import generations as module
from core.invalidation.generations import MARK_COUNT, MARKS, SUBJECTS, Generations
from core.shared_memory.shared_words import locked

ARTICLES, USERS = 1, 2
WRITERS, ROUNDS = 8, 25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path)


def pending(generations: Generations) -> list[int]:
    """The subjects of each mark."""
    words = generations._words
    return [words[at + MARK_COUNT] for at in range(MARKS, SUBJECTS) if words[at]]


def pass_deadlines(generations: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if DEADLINE had passed; the next read looks at the marks."""
    later = module.monotonic_ns() + module.DEADLINE
    monkeypatch.setattr(module, "monotonic_ns", lambda: later)
    generations._next_look = 0


def in_a_child(do: Callable[[], None]) -> None:
    if not (child := os.fork()):
        try:
            do()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_mark_goes_once_the_new_generation_is_there(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that is killed between the two leaves its mark."""
    before, then = ours.stamp(), []
    forget = ours.forget
    monkeypatch.setattr(ours, "forget", lambda mark: (then.append(ours.stamp()), forget(mark)))
    mark = ours.begin(ARTICLES)
    assert ours.is_being_written()
    ours.end(mark, ARTICLES)
    assert not ours.is_being_written()
    assert then and then[0] != before


@pytest.mark.parametrize("read", [Generations.stamp, lambda ours: ours.read(ARTICLES | USERS)])
def test_subjects_of_a_killed_writer_are_outdated_after_the_deadline(
    ours: Generations, monkeypatch: pytest.MonkeyPatch, read: Callable[[Generations], object]
) -> None:
    """Those it wrote later in the transaction as well, and no others."""

    def write_and_die() -> None:
        ours.extend(ours.begin(ARTICLES), USERS)
        os.kill(os.getpid(), signal.SIGKILL)

    before, other = read(ours), ours.read(4)
    in_a_child(write_and_die)
    ours._next_look = 0
    assert read(ours) == before
    assert pending(ours) == [ARTICLES | USERS]
    pass_deadlines(ours, monkeypatch)
    assert read(ours) != before
    assert ours.read(4) == other
    assert not ours.is_being_written()


def test_extended_mark_has_a_later_deadline(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ours.begin(ARTICLES)
    assert first
    later = first.deadline - module.MARGIN - 1
    monkeypatch.setattr(module, "monotonic_ns", lambda: later)
    ours.extend(first, 0)
    monkeypatch.setattr(module, "monotonic_ns", lambda: later + module.DEADLINE - 1)
    assert ours.is_being_written()
    monkeypatch.setattr(module, "monotonic_ns", lambda: later + module.DEADLINE)
    ours._next_look = 0
    assert not ours.is_being_written()


def test_writer_that_outlives_its_deadline_is_marked_anew(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = ours.begin(ARTICLES)
    pass_deadlines(ours, monkeypatch)
    before = ours.stamp()  # it has been outdated once
    assert not ours.is_being_written()
    mark = ours.extend(mark, ARTICLES)
    assert ours.is_being_written()
    ours.end(mark, ARTICLES)
    assert ours.stamp() != before
    assert not ours.is_being_written()


def test_end_of_a_late_writer_leaves_the_mark_of_another(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = ours.begin(ARTICLES)
    pass_deadlines(ours, monkeypatch)
    ours.stamp()
    other = ours.begin(USERS)
    assert late and other and late.at == other.at
    ours.end(late, ARTICLES)
    assert pending(ours) == [USERS]
    ours.end(other, USERS)
    assert pending(ours) == []


def test_writer_leaves_its_mark_to_the_readers_shortly_before_the_deadline(
    ours: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be suspended between its look at the clock and the removal of what it has read."""
    mark = ours.begin(ARTICLES)
    assert mark
    monkeypatch.setattr(module, "monotonic_ns", lambda: mark.deadline - module.MARGIN)
    ours.forget(mark)
    assert pending(ours) == [ARTICLES]


def test_mark_with_an_impossible_deadline_is_ended(ours: Generations) -> None:
    """A part of the file may have been damaged."""
    ours.begin(ARTICLES)
    ours._words[MARKS] = 2**63
    ours._next_look = 0
    assert not ours.is_being_written()


def test_each_of_many_writers_has_a_mark(ours: Generations) -> None:
    def begin(_: int) -> list[int]:
        return [mark.at for _ in range(ROUNDS) if (mark := ours.begin(ARTICLES))]

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
        found.append(os.read(line, 4))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert len(set(found)) == 4 * ROUNDS


def test_writer_without_a_free_mark_writes_all_the_same(ours: Generations) -> None:
    marks = [ours.begin(1) for _ in range(MARK_COUNT)]
    assert len({mark.at for mark in marks if mark}) == MARK_COUNT
    assert ours.begin(1) is None
    assert ours.extend(None, 1) is None
    before = ours.stamp()
    ours.end(None, 1)
    assert ours.stamp() != before
    ours.end(marks[7], 1)
    again = ours.begin(1)
    assert again and marks[7] and again.at == marks[7].at


def test_suspended_holder_of_the_lock_stops_nothing(
    ours: Generations, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    ours.begin(1)
    with locked(path, patience=1):
        with monkeypatch.context() as patch:
            pass_deadlines(ours, patch)
            before = ours.stamp()
        assert ours.begin(1) is None  # it writes without a mark
        ours.end(None, 1)
    assert ours.stamp() != before


def test_mark_may_outlive_its_file(ours: Generations, path: Path) -> None:
    mark, other = ours.begin(1), ours.begin(2)
    path.unlink()
    again = ours.begin(2)
    ours.end(mark, 1)
    assert ours.extend(other, 1)
    ours.end(other, 2)
    assert pending(ours) == [2]
    ours.end(again, 2)
    assert not ours.is_being_written()
