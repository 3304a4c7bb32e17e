"""Releases that count other things, or in other places, do not misread each other's file."""

from pathlib import Path

import pytest

from core import generation_file
from core.generation_file import END, GENERATIONS, HOME, LAYOUT_AT
from core.generations import Generations
from core.shared_file import SharedFile

SUBJECTS = ("articles", "users")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "generations"


@pytest.fixture
def ours(path: Path) -> Generations:
    return Generations(path, SUBJECTS)


def seen(generations: Generations) -> tuple[int, ...]:
    return generations.read(generations.mask(SUBJECTS))


def test_a_release_that_adds_a_subject_shares_the_file(ours, path):
    before = seen(ours)
    next_one = Generations(path, (*SUBJECTS, "pages"))
    assert seen(next_one) == before
    next_one.bump(next_one.mask(["users"]))
    assert seen(ours)[0] == before[0]
    assert seen(ours)[1] == seen(next_one)[1] != before[1]


@pytest.mark.parametrize("subjects", [("users", "articles"), ("pages", "articles", "users")])
def test_a_release_with_other_places_has_a_file_beside_it(ours, path, subjects):
    before = seen(ours)
    other = Generations(path, subjects)
    other.bump_all()
    assert seen(ours) == before
    assert set(seen(other)).isdisjoint(before)
    assert ours.host != other.host  # so each hears of the other's writes as of another host's
    again = Generations(path, subjects)
    assert (seen(again), again.host) == (seen(other), other.host)


def test_a_release_with_another_layout_has_a_file_beside_it(ours, path, monkeypatch):
    before = seen(ours)
    monkeypatch.setattr(generation_file, "LAYOUT", 2)
    other = Generations(path, SUBJECTS)
    other.bump_all()
    assert seen(ours) == before
    assert ours.host != other.host


def test_a_change_of_the_layout_under_way_begins_a_file_beside_it(ours, path):
    """As when the file is made anew by the other release, which was there first."""
    path.unlink()
    file = SharedFile(path, LAYOUT_AT + 1)
    file.words[HOME], file.words[LAYOUT_AT] = file.home, 2
    file.words[GENERATIONS] = 7
    ours.bump_all()
    assert file.words[GENERATIONS] == 7
    assert 7 not in seen(ours)


def test_the_file_of_a_release_without_a_version_is_shared(path):
    former = SharedFile(path, END)
    former.words[HOME], former.words[GENERATIONS] = former.home, 7
    ours = Generations(path, SUBJECTS)
    assert seen(ours)[0] == 7
    ours.bump_all()
    assert former.words[GENERATIONS] == seen(ours)[0] != 7


def test_a_copy_belongs_to_who_opens_it_first(ours, path, tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    other = Generations(copy, ("users", "articles"))
    assert not list(tmp_path.glob("copy.*"))
    assert set(seen(other)).isdisjoint(seen(ours))
