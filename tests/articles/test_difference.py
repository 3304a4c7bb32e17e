"""The difference of two texts: lines, and the words or Chinese characters within them."""

import time
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.difference import MOST_LINES, Kind, Line, _all_lines, lines_between
from articles.matching import Budget, matches

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
short = st.lists(st.sampled_from("abcde"), max_size=30)


@unhurried
@given(short, short)
def test_matches_are_equal_ranges_in_order(old: list[str], new: list[str]) -> None:
    found = matches(old, new, Budget())
    for match in found:
        assert old[match.old : match.old + match.size] == new[match.new : match.new + match.size]
    for left, right in pairwise(found):
        assert left.old + left.size <= right.old and left.new + left.size <= right.new


@unhurried
@given(short, short)
def test_both_texts_can_be_read_from_their_difference(old: list[str], new: list[str]) -> None:
    lines = every_line("\n".join(old), "\n".join(new))
    assert [text(line) for line in lines if line.kind is not Kind.ADDED] == (old or [""])
    assert [text(line) for line in lines if line.kind is not Kind.REMOVED] == (new or [""])


def every_line(old: str, new: str) -> list[Line]:
    """All lines, with those far from a change."""
    return list(_all_lines(old.split("\n"), new.split("\n"), Budget()))


def text(line: Line) -> str:
    return "".join(piece.text for piece in line.pieces)


def marked(line: Line) -> str:
    return "".join(f"[{piece.text}]" if piece.is_changed else piece.text for piece in line.pieces)


def test_changed_word_is_marked_within_its_line() -> None:
    removed, added = lines_between("The pool is full.", "The pool was full.")
    assert (removed.kind, marked(removed)) == (Kind.REMOVED, "The pool [is] full.")
    assert (added.kind, marked(added)) == (Kind.ADDED, "The pool [was] full.")


def test_chinese_is_compared_by_character() -> None:
    removed, added = lines_between("连接池已经满了", "连接池快要满了")
    assert (marked(removed), marked(added)) == ("连接池[已经]满了", "连接池[快要]满了")


def test_lines_that_have_little_in_common_are_not_marked_by_word() -> None:
    removed, added = lines_between("one two three four", "five six four seven")
    assert (marked(removed), marked(added)) == ("one two three four", "five six four seven")


def test_unchanged_lines_far_from_a_change_are_counted() -> None:
    old = [str(number) for number in range(20)]
    lines = lines_between("\n".join(old), "\n".join([*old, "new"]))
    assert (lines[0].kind, lines[0].number) == (Kind.SKIPPED, 18)
    assert [text(line) for line in lines[1:]] == ["18", "19", "new"]


def test_very_long_difference_is_cut_and_says_so() -> None:
    lines = lines_between("", "\n".join(map(str, range(MOST_LINES + 10))))
    assert len(lines) == MOST_LINES + 1
    assert (lines[-1].kind, lines[-1].number) == (Kind.CUT, 11)


def staircase(between: str) -> str:
    """Lines of which only the last unique one is unique in both texts, however often they are
    divided."""
    signs = [chr(0x4E00 + number) for number in range(16_000)]
    steps = zip(signs[1:], signs[:-1], strict=True)
    return "\n".join(f"{sign}\n{before}\n{between}" for sign, before in steps)


@pytest.mark.parametrize(
    "kind", ["repeated lines", "one line", "every second line", "reversed", "staircase"]
)
def test_two_texts_of_100_000_characters_take_bounded_time(kind: str) -> None:
    random = Random(1)
    words = ["".join(random.choices("abcdef", k=5)) for _ in range(16_000)]
    texts = {
        "repeated lines": ["\n".join(random.choices("ab", k=50_000)) for _ in range(2)],
        "one line": [" ".join(random.choices("abcdef", k=50_000)) for _ in range(2)],
        "every second line": [
            "\n".join(words),
            "\n".join(w[1:] if i % 2 else w for i, w in enumerate(words)),
        ],
        "reversed": ["\n".join(words), "\n".join(words[::-1])],
        "staircase": [staircase("x"), staircase("y")],
    }
    began = time.process_time()
    lines_between(*texts[kind])
    assert time.process_time() - began < 20  # quadratic time would be minutes
