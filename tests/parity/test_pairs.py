"""The pages of docs/ that compare Flask and Django pair by pair, on the real packages."""

import sys
from itertools import chain
from pathlib import Path

import pytest

from tests.parity.book import differs, same
from tests.parity.conftest import FLASK
from tests.parity.pairs import SIDES, pages, steps, told_by

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
PYTHONS = dict(zip(SIDES, (FLASK, Path(sys.executable)), strict=True))


@pytest.mark.parametrize("page", pages())
def test_both_sides_answer_as_the_page_says(page):
    rows = [row for step in steps(page) for row in step.rows]
    flasks, ours = (chain(*told_by(PYTHONS[side], side, page)) for side in SIDES)
    for row, flask, django in zip(rows, flasks, ours, strict=True):
        what, expected = f"{page}: {' ↔ '.join(row.orders)}", row.answers[::-1]
        if expected[0] == expected[1]:
            same(what, (django, flask), expected)
        else:
            differs(what, django, flask, "", expected=expected)  # the page says why
