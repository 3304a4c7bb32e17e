"""The book of what was compared: told at the end of a run, and kept in docs/**/parity.md.

chinese.json has the Chinese of each reason, heading and plain result; names of comparisons stay.
"""

import json
import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = [DOCS / "parity.md", DOCS / "zh-hans" / "parity.md"]
BEGIN, END = "<!-- results: parity -->\n", "<!-- end -->"
CHINESE: dict[str, str] = json.loads(Path(__file__).with_name("chinese.json").read_text("utf-8"))
BARS = " ▁▂▃▄▅▆▇█"


class Difference(NamedTuple):
    subject: str
    here: str
    flask: str
    why: str


alike: dict[str, str] = {}  # what was compared: the subject
different: dict[str, Difference] = {}
curves: list[str] = []


def same(what: str, ours: Any, flasks: Any) -> None:
    """Both sides show the same."""
    assert ours == flasks, f"{what}: here {ours!r}, with Flask {flasks!r}"
    alike[what] = subject()


def differs(what: str, ours: Any, flasks: Any, why: str, *, expected: tuple[Any, Any]) -> None:
    """Each side shows what is `expected` of it, ours first, which is not the same: on purpose.

    Without `why` the difference is counted, but not listed.
    """
    assert expected[0] != expected[1], f"{what}: no difference is expected"
    assert (ours, flasks) == expected, f"{what}: (here, Flask) is {(ours, flasks)!r}"
    different[what] = Difference(subject(), shown(ours), shown(flasks), why)


def draw(what: str, curve: list[int], width: int = 60) -> None:
    """A curve for the end of the run: the most of each part of it."""
    parts = [curve[len(curve) * n // width : len(curve) * (n + 1) // width] for n in range(width)]
    highest = max(curve) or 1
    line = "".join(BARS[max(part) * 8 // highest] for part in parts if part)
    curves.append(f"{line} {what}: {highest} at most, {curve[-1]} at the end")


def subject() -> str:
    """The test's module: test_pool_load.py is of the pool."""
    found = re.search(r"test_([a-z]+)", os.environ["PYTEST_CURRENT_TEST"])
    assert found
    return found[1]


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value if isinstance(value, str) else repr(value)}`" if value != "" else "nothing"


def count() -> str:
    number = len(alike) + len(different)
    return f"{number} comparisons, {len(different)} of them different on purpose"


def told() -> list[str]:
    lines = [f"{what}: {each.why}" for what, each in sorted(different.items()) if each.why]
    return [f"{count()}:", *(f"  {line}" for line in lines), *curves]


def write() -> None:
    for page, found in zip(PAGES, (tables(), in_chinese(tables())), strict=True):
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        page.write_text(f"{before}{BEGIN}{found}\n{END}{after}", encoding="utf-8")


def in_chinese(text: str) -> str:
    """The tables with the cells that chinese.json has, and the line above them."""
    line, _, rows = text.partition("\n")
    numbers = re.findall(r"\d+", line)
    cells = re.split(r"( \| |\| | \|$)", rows, flags=re.MULTILINE)
    told = "共 {} 项比较，其中 {} 项是有意的差异。".format(*numbers)
    return "\n".join([told, "".join(CHINESE.get(each, each) for each in cells)])


def tables() -> str:
    numbers = Counter([*alike.values(), *(each.subject for each in different.values())])
    unlike = Counter(each.subject for each in different.values())
    lines = [f"{count()}.", "", "| subject | comparisons | different |", "|---|---|---|"]
    lines += [f"| {name} | {numbers[name]} | {unlike[name]} |" for name in sorted(numbers)]
    lines += ["", "| | Flask's side | here | why |", "|---|---|---|---|"]
    return "\n".join(lines + sorted(rows()))


def rows() -> list[str]:
    """One for all that differ in the same way."""
    groups = defaultdict(list)
    for what, each in different.items():
        if each.why:
            groups[each].append(what)
    return [
        f"| {each.subject}: {cell(named(whats))} | {cell(each.flask)} | {cell(each.here)}"
        f" | {cell(each.why)} |"
        for each, whats in groups.items()
    ]


def named(whats: list[str]) -> str:
    """`config: the id` and `interface: the id` are `config, interface: the id`."""
    heads = defaultdict(list)
    for what in sorted(whats):
        head, colon, rest = what.partition(": ")
        heads[f"{colon}{rest}"].append(head)
    return "; ".join(f"{', '.join(each)}{rest}" for rest, each in heads.items())


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
