"""References to footnotes and ids of headings take time within their longest length."""

import re
import sys

import pytest
from mdit_py_plugins.footnote import index

from core.markdown import render
from core.markdown.headings import LONGEST_ID

NOTE = "[^1]: x\n\n"


def steps(text: str) -> int:
    """The number of lines of the library's rules that rendering a text executes."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == index.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        render(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("unit", ["[^", "[^1", "[^["])
def test_marks_left_open_take_steps_in_proportion_to_their_number(unit):
    assert steps(NOTE + unit * 200) <= 2.1 * steps(NOTE + unit * 100)


def test_closed_mark_is_a_reference_and_an_unknown_one_stays_text():
    html = render(f"{NOTE}one[^1] two[^2]")
    assert html.count("footnote-ref") == 1
    assert "[^2]" in html


def test_id_is_made_of_the_beginning_of_a_heading():
    (name,) = re.findall(r' id="at-([^"]*)"', render("# " + "a" * 5_000))
    assert name == "a" * LONGEST_ID
