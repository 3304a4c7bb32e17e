"""Releases that count other things, or in other places, do not misread each other's file."""

from pathlib import Path

import pytest

from core.invalidation import generation_file, generations
from core.invalidation.generation_file import END, GENERATIONS, HOME, LAYOUT, LAYOUT_AT
from core.invalidation.generations import Generations
from core.shared_memory.shared_words import SharedFile

SUBJECTS = ("articles", "users")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path, SUBJECTS)


def seen(generations: Generations) -> tuple[int, ...]:
    return generations.read(generations.mask(SUBJECTS))


@pytest.mark.parametrize(
    "subjects", [(*SUBJECTS, "pages"), ("pages", "users", "articles")], ids=["added", "moved"]
)
def test_releases_with_other_subjects_share_the_file(ours, path, subjects):
    """A subject is found by its name, wherever it stands among those that a release knows."""
    before, stamp = seen(ours), ours.stamp()
    other = Generations(path, subjects)
    assert seen(other) == before
    other.bump(other.mask(["users"]))
    assert seen(ours)[0] == before[0]
    assert seen(ours)[1] == seen(other)[1] != before[1]
    assert ours.stamp() != stamp


def test_what_may_write_everything_outdates_subjects_of_other_releases(ours, path):
    other = Generations(path, ["pages"])
    before = other.read(other.mask(["pages"]))
    ours.bump_all()
    assert other.read(other.mask(["pages"])) != before


def test_the_sites_own_subjects_share_no_number(ours):
    assert len(set(ours.bits.values())) == len(SUBJECTS)


def test_an_unknown_subject_is_an_error(ours):
    with pytest.raises(KeyError, match="artcles"):
        ours.mask(["artcles"])


def test_a_release_with_another_layout_has_a_file_beside_it(ours, path, monkeypatch):
    before = seen(ours)
    monkeypatch.setattr(generation_file, "LAYOUT", LAYOUT + 1)
    monkeypatch.setattr(generations, "LAYOUT", LAYOUT + 1)
    other = Generations(path, SUBJECTS)
    other.bump_all()
    assert seen(ours) == before
    assert set(seen(other)).isdisjoint(before)
    assert ours.host != other.host  # so each hears of the other's writes as of another host's
    again = Generations(path, SUBJECTS)
    assert (seen(again), again.host) == (seen(other), other.host)


def test_a_change_of_the_layout_under_way_begins_a_file_beside_it(ours, path):
    """As when the file is made anew by the other release, which was there first."""
    path.unlink()
    file = SharedFile(path, LAYOUT_AT + 1)
    file.words[HOME], file.words[LAYOUT_AT] = file.home, LAYOUT + 1
    file.words[GENERATIONS] = 7
    ours.bump_all()
    assert file.words[GENERATIONS] == 7
    assert 7 not in seen(ours)


def test_the_file_of_a_release_without_a_version_is_left_to_it(path):
    former = SharedFile(path, END)
    former.words[HOME], former.words[GENERATIONS] = former.home, 7
    ours = Generations(path, SUBJECTS)
    ours.bump_all()
    assert former.words[GENERATIONS] == 7
    assert 7 not in seen(ours)


def test_a_copy_belongs_to_the_first_that_opens_it(ours, path, tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    other = Generations(copy, SUBJECTS)
    assert not list(tmp_path.glob("copy.*"))
    assert set(seen(other)).isdisjoint(seen(ours))
