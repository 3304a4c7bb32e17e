"""The numbers that all workers of a host share, with real processes."""

import multiprocessing
import os
import random
import shutil
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fcntl import F_OFD_SETLK, F_WRLCK, fcntl
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.invalidation import generations as module
from core.invalidation.generation_file import MARK_COUNT
from core.invalidation.generations import Generations
from core.shared_memory.shared_words import boot, byte_lock

SUBJECTS = ("articles", "users")
fork = multiprocessing.get_context("fork")
spawn = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path, SUBJECTS)


def both(generations: Generations) -> tuple[int, ...]:
    return generations.read(generations.mask(SUBJECTS))


def bump_articles(path: Path) -> None:
    theirs = Generations(path, SUBJECTS)
    theirs.bump(theirs.mask(["articles"]))


def die_after_marking(path: Path) -> None:
    theirs = Generations(path, SUBJECTS)
    theirs.begin(theirs.mask(["users"]))
    os.kill(os.getpid(), signal.SIGKILL)


def die_under_the_number_of_the_living(path: Path) -> None:
    """As a dead one's pid is another's some day, or is already in another container."""
    os.getpid = os.getppid
    theirs = Generations(path, SUBJECTS)
    theirs.begin(theirs.mask(["users"]))
    os._exit(0)


def write_under_a_number_that_nobody_has(path: Path, ready: object) -> None:
    """As the pid of another container's process is none here."""
    os.getpid = lambda: 2**22 + 1  # more than the kernel gives
    theirs = Generations(path, SUBJECTS)
    theirs.begin(theirs.mask(["users"]))
    ready.set()  # type: ignore[attr-defined]
    signal.pause()


def leave_a_child_behind(path: Path, line: int) -> None:
    theirs = Generations(path, SUBJECTS)
    mark = theirs.begin(theirs.mask(["users"]))
    assert mark and mark.file.words  # the child has them too, and so a mapping of its parent's
    if os.fork():
        os._exit(0)
    os.read(line, 1)  # until the test has looked, and closes its end
    os._exit(0)


def leave_a_child_behind_while_alone(theirs: Generations, line: int) -> None:
    """As another thread may be alone when one of them forks."""
    with theirs._file.alone():
        if not os.fork():
            os.read(line, 1)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)


def run(context: multiprocessing.context.BaseContext, target: object, path: Path) -> None:
    process = context.Process(target=target, args=(path,))  # type: ignore[attr-defined]
    process.start()
    process.join(20)


def test_a_new_generation_is_another_one(ours: Generations) -> None:
    before = both(ours)
    ours.bump(ours.mask(["users"]))
    articles, users = both(ours)
    assert articles == before[0]
    assert users != before[1]


@pytest.mark.parametrize("context", [fork, spawn])
def test_another_process_is_noticed_by_the_next_read(
    ours: Generations, path: Path, context: multiprocessing.context.BaseContext
) -> None:
    before = both(ours)
    run(context, bump_articles, path)
    assert both(ours)[0] != before[0]
    assert both(ours)[1] == before[1]


def test_opening_the_file_changes_nothing_for_the_others(ours: Generations, path: Path) -> None:
    before = both(ours)
    Generations(path, SUBJECTS)
    assert both(ours) == before


def test_a_writer_killed_before_his_new_generation_is_noticed(
    ours: Generations, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AFTER", 1)  # nanosecond
    before = both(ours)
    run(spawn, die_after_marking, path)
    limit = time.monotonic() + 10
    while both(ours)[1] == before[1] and time.monotonic() < limit:
        pass
    assert both(ours)[1] != before[1]
    assert both(ours)[0] == before[0]


def test_a_dead_writer_is_told_from_whoever_has_his_number(ours: Generations, path: Path) -> None:
    before = both(ours)
    run(fork, die_under_the_number_of_the_living, path)
    ours.look_after()
    assert both(ours)[1] != before[1]
    assert not ours.is_being_written()


def test_a_living_writer_of_another_container_is_left_alone(ours: Generations, path: Path) -> None:
    before, ready = both(ours), fork.Event()
    arguments = (path, ready)
    writer = fork.Process(target=write_under_a_number_that_nobody_has, args=arguments, daemon=True)
    writer.start()
    assert ready.wait(20)
    ours.look_after()
    assert both(ours) == before
    assert ours.is_being_written()
    writer.kill()
    writer.join(20)
    ours.look_after()
    assert not ours.is_being_written()


def test_a_dead_writer_is_noticed_though_his_child_lives(ours: Generations, path: Path) -> None:
    before, (line, end) = both(ours), os.pipe()
    if not (writer := os.fork()):
        os.close(end)
        leave_a_child_behind(path, line)
    os.waitpid(writer, 0)
    limit = time.monotonic() + 10
    while both(ours)[1] == before[1] and time.monotonic() < limit:
        ours.look_after()  # the child may not yet have given up what is its parent's
    assert both(ours)[1] != before[1]
    os.close(line)
    os.close(end)


def test_who_dies_while_alone_is_in_nobodys_way_though_his_child_lives(
    ours: Generations,
) -> None:
    line, end = os.pipe()
    if not (writer := os.fork()):
        os.close(end)
        leave_a_child_behind_while_alone(ours, line)
    os.waitpid(writer, 0)
    with ThreadPoolExecutor(1) as pool:
        mark = pool.submit(ours.begin, 1).result(20)
    ours.end(mark, 1)
    os.close(line)
    os.close(end)


def test_who_is_stopped_while_alone_stops_nobody(
    ours: Generations, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, mark = Generations(path, SUBJECTS), ours.begin(1)
    assert mark
    ours._words[module.NEXT_LOOK] = 1  # a look is due
    ours._look_at = 0
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with theirs._file.alone(), ThreadPoolExecutor(1) as pool:
        before = pool.submit(ours.stamp).result(20)
        assert pool.submit(ours.begin, 1).result(20) is None  # he writes without a mark
        pool.submit(ours.end, None, 1).result(20)
        assert ours.stamp() != before
    ours.end(mark, 1)


def test_a_living_writer_is_left_alone(ours: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AFTER", 1)
    before = both(ours)
    mark = ours.begin(ours.mask(["articles"]))
    ours.look_after()
    assert both(ours) == before
    ours.end(mark, ours.mask(["articles"]))
    assert both(ours)[0] != before[0]


def test_many_writers_have_marks_of_their_own(ours: Generations) -> None:
    marks = [ours.begin(1) for _ in range(MARK_COUNT)]
    assert len(set(marks)) == MARK_COUNT
    assert ours.begin(1) is None
    ours.end(None, 1)
    ours.end(marks[7], 1)
    assert ours.begin(1) == marks[7]


def test_constant_writing_does_not_put_the_look_off(
    ours: Generations, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AFTER", 50_000_000)
    before = both(ours)[1]
    run(fork, die_after_marking, path)
    limit = time.monotonic() + 10
    while both(ours)[1] == before and time.monotonic() < limit:
        ours.end(ours.begin(1), 1)
    assert both(ours)[1] != before


def test_a_child_may_write_while_its_parent_was_writing(ours: Generations) -> None:
    ours._file._lock.acquire()
    pid = os.fork()
    if not pid:
        mark = ours.begin(1)
        ours.end(mark, 1)
        os._exit(0)
    ours._file._lock.release()
    assert os.waitpid(pid, 0)[1] == 0


def test_the_group_may_write_whatever_the_umask(path: Path) -> None:
    before = os.umask(0o077)
    try:
        Generations(path, SUBJECTS)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o660


def lose(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace(path: Path) -> None:
    """By what it was once: its generations have been there before."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.rename(path)


def overwrite(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)


SIZE = module.END * module.WORD
DAMAGES: dict[str, Callable[[Path], None]] = {
    "removed": lose,
    "replaced": replace,
    "ones": lambda path: overwrite(path, b"\xff" * SIZE),
    "zeros": lambda path: overwrite(path, bytes(SIZE)),
    "random": lambda path: overwrite(path, random.Random(7).randbytes(SIZE)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_lost_or_damaged_is_begun_anew(
    ours: Generations, path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noticed by a reader at his next look, by a writer at once."""
    theirs, before = Generations(path, SUBJECTS), both(ours)
    DAMAGES[damage](path)
    theirs.end(theirs.begin(1), 1)
    ours._look_at = 0
    articles, users = both(ours)
    assert articles != before[0]
    assert users != before[1]
    assert (articles, users) == both(theirs)
    assert ours.host == theirs.host
    bump_articles(path)
    assert both(ours) != (articles, users)
    for each in (ours, theirs):
        assert each.stamp() == each.stamp()
        assert not each.is_being_written()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_damaged_before_the_start_is_begun_anew(path: Path, damage: str) -> None:
    one = Generations(path, SUBJECTS)
    before = both(one), one.host
    DAMAGES[damage](path)
    other = Generations(path, SUBJECTS)
    assert not {*both(other)} & {*before[0]}
    assert other.host != before[1]
    assert other.begin(1) is not None


def test_a_transaction_outlives_the_file_it_was_marked_in(ours: Generations, path: Path) -> None:
    mark, other = ours.begin(1), ours.begin(2)
    lose(path)
    again = ours.begin(2)
    ours.end(mark, 1)
    ours.end(other, 2)
    assert ours.is_being_written()
    ours.end(again, 2)
    assert not ours.is_being_written()


def test_a_look_that_is_due_in_a_thousand_years_is_due(ours: Generations, path: Path) -> None:
    run(fork, die_after_marking, path)
    ours._words[module.NEXT_LOOK] = 2**63
    ours._look_at = 0
    assert not ours.is_being_written()


def test_a_folder_that_cannot_be_made_again_ends_nothing(
    ours: Generations, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lose(path)
    path.parent.write_text("")
    before = both(ours)
    for _ in range(3):
        ours.end(ours.begin(ours.everything), ours.everything)
    assert both(ours) != before
    assert [each.message for each in caplog.records] == [
        f"{path} is lost, and cannot be made: File exists"
    ]


def test_a_copy_has_a_host_of_its_own(
    ours: Generations, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it is written over the other's file, and on a machine that is a copy too."""
    there = tmp_path / "there" / "generations"
    theirs = Generations(there, SUBJECTS)
    overwrite(there, path.read_bytes())
    assert theirs.host != ours.host
    assert Generations(there, SUBJECTS).host != ours.host
    host = ours.host
    monkeypatch.setattr("core.shared_memory.shared_words.boot", lambda: "another start")
    assert Generations(path, SUBJECTS).host != host


def test_without_proc_the_machine_is_known_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.shared_memory.shared_words.BOOT", tmp_path / "missing")
    assert boot.__wrapped__() == str(uuid.getnode())


def test_the_lock_outlives_who_else_opens_the_file(ours: Generations, path: Path) -> None:
    """Construction by another thread, or a copy of the file made by this process."""
    other = Generations(path, SUBJECTS)
    with ours._file.alone():
        path.read_bytes()
        with pytest.raises(BlockingIOError):
            fcntl(other._file._descriptor, F_OFD_SETLK, byte_lock(F_WRLCK, 0))


def test_the_file_has_its_place_on_the_disk(ours: Generations, path: Path) -> None:
    """A hole would kill whoever writes there once the disk is full."""
    size = path.stat().st_size
    assert path.stat().st_blocks * 512 >= size >= module.WORD * (module.MARKS + 2)


def test_a_folder_that_cannot_be_used_is_named(settings: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.INKPOOL_RUN_DIR = tmp_path / "file"  # type: ignore[attr-defined]
    module.generations.cache_clear()
    with pytest.raises(
        ImproperlyConfigured, match=r"RUN_DIR=.*cannot be used: .*file is not a folder"
    ):
        module.generations()
    module.generations.cache_clear()
