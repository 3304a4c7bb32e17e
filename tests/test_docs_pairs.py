"""The pages of docs/ that compare Flask and Django pair by pair: Django's side does what they say.

`make parity` runs the same pages on Flask (tests/parity/test_pairs.py).
"""

import re
import sys
from pathlib import Path

import pytest

from tests.parity.pairs import DOCS, SIDES, pages, row_of, steps, told_by

DJANGO = SIDES.index("django")


def tables(page: str):
    return [step.rows for step in steps(page) if step.rows]


@pytest.mark.parametrize("page", pages())
def test_django_side_answers_as_the_page_says(page: str):
    expected = [
        [(row.orders[DJANGO], row.answers[DJANGO]) for row in rows] for rows in tables(page)
    ]
    told = told_by(Path(sys.executable), "django", page)
    assert [
        [(row.orders[DJANGO], answer) for row, answer in zip(*each, strict=True)]
        for each in zip(tables(page), told, strict=True)
    ] == expected


@pytest.mark.parametrize("page", pages())
def test_both_languages_compare_the_same_rows(page: str):
    assert tables(f"zh-hans/{page}") == tables(page)


@pytest.mark.parametrize("page", pages())
def test_table_at_the_top_leads_to_every_section(page: str):
    top, *rest = re.split(r"^## ", (DOCS / f"{page}.md").read_text("utf-8"), flags=re.MULTILINE)
    sections = [each.partition("\n")[0] for each in rest]
    assert sections.pop() == "Try next"
    assert [name for name in sections if f"](#{anchor(name)})" not in top] == []


def anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


@pytest.mark.parametrize("line", ["| `GET /` | 200 |", "| `GET /` | `200` | `200` | `200` |"])
def test_row_with_a_missing_or_surplus_cell_is_refused(line: str):
    with pytest.raises(ValueError, match="cells of a row of requests"):
        row_of("requests", line)
