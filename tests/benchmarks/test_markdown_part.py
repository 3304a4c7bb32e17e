"""The part markdown: its shapes, and what a row of it says."""

import pytest

from benchmarks import markdown
from benchmarks.markdown import row, visited
from benchmarks.markdown_shapes import HOSTILE, ORDINARY, repeated


def test_there_are_twenty_hostile_and_five_ordinary_shapes():
    assert (len(HOSTILE), len(ORDINARY)) == (20, 5)


@pytest.mark.parametrize("label", [*HOSTILE, *ORDINARY])
def test_a_shape_is_about_as_long_as_it_is_asked_to_be(label):
    shape = {**HOSTILE, **ORDINARY}[label]
    assert 0.75 <= len(shape(10_000)) / 10_000 <= 1.1


def test_an_ordinary_text_is_rendered_and_a_refused_one_says_why():
    assert visited(ORDINARY["prose"](5_000)) == ""
    reason = "The paragraph has 24,999 characters"
    assert visited("long " * 5_000) == reason


def test_a_row_has_each_length_the_growth_and_the_refusal(monkeypatch):
    monkeypatch.setattr(markdown, "LENGTHS", (300, 10_000, 30_000))
    made = row("words", repeated("word "), 2)
    assert len(made.figures) == 2
    assert set(made.extra) == {"at 100 kB", "at 500 kB", "growth", "refused"}
    assert made.extra["refused"] == "The paragraph has 29,999 characters"
    assert made.extra["growth"].endswith(" ×")
