"""The generations that all workers of a host share, with real processes."""

import multiprocessing
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.invalidation import generations as module
from core.invalidation.generations import EVERYTHING, FIRST, NUMBER, SIZE, Generations, bit
from core.shared_memory.shared_words import WORD, shared_file
from core.subjects import names

SUBJECTS = ("articles", "users")
contexts = [multiprocessing.get_context(name) for name in ("fork", "spawn")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path)


def both(generations: Generations) -> tuple[int, ...]:
    return generations.read(generations.mask(SUBJECTS))


def bump_articles(path: Path) -> None:
    theirs = Generations(path)
    theirs.bump(bit("articles"))


def look(generations: Generations) -> None:
    """Its next read looks at the file."""
    generations._next_look = 0


def test_write_renews_the_generation_of_its_subject_alone(ours: Generations) -> None:
    before, stamp = both(ours), ours.stamp()
    ours.bump(ours.mask(["users"]))
    articles, users = both(ours)
    assert articles == before[0]
    assert users != before[1]
    assert ours.stamp() != stamp


@pytest.mark.parametrize("context", contexts, ids=["fork", "spawn"])
def test_next_read_sees_the_write_of_another_process(
    ours: Generations, path: Path, context: multiprocessing.context.BaseContext
) -> None:
    before = both(ours)
    process = context.Process(target=bump_articles, args=(path,))  # type: ignore[attr-defined]
    process.start()
    process.join(20)
    assert both(ours)[0] != before[0]
    assert both(ours)[1] == before[1]


def test_forked_child_and_its_parent_see_each_others_writes(ours: Generations) -> None:
    before = both(ours)
    line, end = os.pipe()
    if not (child := os.fork()):
        os.read(line, 1)
        is_seen = both(ours)[1] != before[1]
        ours.bump(1 if is_seen else 0)
        os._exit(not is_seen)
    ours.bump(ours.mask(["users"]))
    os.write(end, b"1")
    assert os.waitpid(child, 0)[1] == 0
    assert ours.stamp() != before


def test_opening_the_file_outdates_nothing(ours: Generations, path: Path) -> None:
    before = both(ours), ours.stamp()
    theirs = Generations(path)
    assert (both(ours), ours.stamp()) == before == (both(theirs), theirs.stamp())


def test_write_to_everything_outdates_subjects_of_other_releases(ours: Generations) -> None:
    """A subject is found by its name, whichever other ones a release knows."""
    before = ours.read(bit("pages"))
    ours.bump(EVERYTHING)
    assert ours.read(bit("pages")) != before


def test_subjects_of_this_site_share_no_generation() -> None:
    assert len({bit(name) for name in names()}) == len(names())


def test_unknown_subject_is_an_error(ours: Generations) -> None:
    with pytest.raises(KeyError, match="artcles"):
        ours.mask(["artcles"])


def test_release_with_another_layout_has_another_file() -> None:
    """The layout before had the file `generations` and, beside another's, `generations.2`."""
    assert module.generations()._path.name == f"generations-{module.LAYOUT}"


def test_group_may_write_whatever_the_umask(path: Path) -> None:
    before = os.umask(0o077)
    try:
        Generations(path)
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


DAMAGES: dict[str, Callable[[Path], None]] = {
    "removed": lose,
    "replaced": replace,
    "ones": lambda path: overwrite(path, b"\xff" * SIZE * WORD),
    "zeros": lambda path: overwrite(path, bytes(SIZE * WORD)),
    "random": lambda path: overwrite(path, random.Random(7).randbytes(SIZE * WORD)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_lost_or_damaged_file_begins_anew(ours: Generations, path: Path, damage: str) -> None:
    """A reader notices at its next look, a writer at once."""
    theirs, before = Generations(path), both(ours)
    DAMAGES[damage](path)
    theirs.end(theirs.begin(1), 1)
    look(ours)
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
def test_file_that_is_damaged_before_the_start_begins_anew(path: Path, damage: str) -> None:
    before = both(Generations(path))
    DAMAGES[damage](path)
    again = Generations(path)
    assert not {*both(again)} & {*before}
    assert again.begin(1) is not None


@pytest.mark.parametrize("read", [Generations.stamp, both])
def test_file_that_is_put_back_begins_anew(
    ours: Generations, path: Path, read: Callable[[Generations], object]
) -> None:
    """Its generations may be those of a result that is still kept."""

    def seen() -> object:
        look(ours)
        return read(ours)

    aside, first = path.with_suffix(".aside"), seen()
    path.rename(aside)
    second = seen()
    aside.rename(path)
    assert len({first, second, seen()}) == 3


def test_half_begun_file_begins_anew(path: Path) -> None:
    """As where a process was killed while it began the file: its number is written last."""
    file = shared_file(path, SIZE)
    file.words[FIRST : FIRST + 59] = memoryview(b"\7" * 59 * WORD).cast("Q")
    ours = Generations(path)
    assert file.words[NUMBER] == file.number
    assert int.from_bytes(b"\7" * WORD) not in both(ours)


def test_folder_that_cannot_be_made_again_ends_nothing(
    ours: Generations, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lose(path)
    path.parent.write_text("")
    before = both(ours)
    for _ in range(3):
        ours.end(ours.begin(EVERYTHING), EVERYTHING)
    assert both(ours) != before
    assert [each.message for each in caplog.records] == [
        f"{path} is lost, and cannot be made: File exists"
    ]


def test_copy_on_another_host_has_a_number_of_its_own(
    ours: Generations, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it is written over the other's file, and on a machine that is a copy too."""
    there = tmp_path / "there" / "generations"
    theirs = Generations(there)
    overwrite(there, path.read_bytes())
    again = Generations(there)
    assert len({ours.host, theirs.host, again.host}) == 2
    assert {*both(again)}.isdisjoint(both(ours))
    monkeypatch.setattr("core.shared_memory.shared_words.boot", lambda: "another start")
    assert Generations(path).host != Generations(there).host


def test_folder_that_cannot_be_used_is_named(settings: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.INKPOOL_RUN_DIR = tmp_path / "file"  # type: ignore[attr-defined]
    module.generations.cache_clear()
    with pytest.raises(
        ImproperlyConfigured, match=r"RUN_DIR=.*cannot be used: .*file is not a folder"
    ):
        module.generations()
    module.generations.cache_clear()
