"""docs/parity.md, which `make parity` writes, lists the differences that the tests state."""

import ast
import re
from pathlib import Path

from django.conf import settings

from tests.parity.book import BEGIN, END, in_chinese
from tests.parity.book import CHINESE as TRANSLATIONS

ROOT = Path(settings.BASE_DIR)
PAGE, CHINESE = (
    (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("parity.md", "zh-hans/parity.md")
)
TREES = [ast.parse(path.read_text()) for path in (ROOT / "tests" / "parity").glob("test_*.py")]
NODES = [node for tree in TREES for node in ast.walk(tree)]
TEXTS = [node.value for node in NODES if isinstance(node, ast.Constant)]


def reasons() -> list[str]:
    """The reasons in the rows of the page."""
    rows = re.findall(r"^\| [a-z]+: .+ \| (.+) \|$", PAGE, re.MULTILINE)
    return [row.replace("\\|", "|") for row in rows]


def stated_reasons() -> list[str]:
    """The values of `why =` in the tests, as patterns, because a part may be computed."""
    named = [node for node in NODES if isinstance(node, ast.Assign)]
    values = [node.value for node in named if getattr(node.targets[0], "id", "") == "why"]
    return [pattern(value) for value in values]


def pattern(value: ast.expr) -> str:
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    return "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in parts)


def test_every_difference_of_the_tests_is_on_the_page():
    assert stated_reasons()
    assert [
        each for each in stated_reasons() if not any(re.fullmatch(each, r) for r in reasons())
    ] == []


def test_every_difference_on_the_page_is_in_the_tests():
    assert reasons()
    unknown = set(reasons()) - set(TEXTS)
    assert [
        each for each in unknown if not any(re.fullmatch(g, each) for g in stated_reasons())
    ] == []


def test_totals_equal_the_sums_of_the_table():
    total = re.search(r"^(\d+) comparisons, (\d+) of them", PAGE, re.MULTILINE)
    rows = re.findall(r"^\| [a-z]+ \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert total
    assert [sum(map(int, column)) for column in zip(*rows, strict=True)] == [
        *map(int, total.groups())
    ]


def test_chinese_page_has_the_same_tables_in_chinese():
    english, chinese = (
        page.partition(BEGIN)[2].partition(f"\n{END}")[0] for page in (PAGE, CHINESE)
    )
    assert english and in_chinese(english) == chinese


def test_each_reason_is_translated():
    assert [each for each in reasons() if each not in TRANSLATIONS] == []
    assert [each for each in TRANSLATIONS if len(each) > 20 and each not in reasons()] == []
