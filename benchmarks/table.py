"""A report as Markdown: on stdout, in benchmarks/results/ and in docs/benchmarks.md."""

import re
from typing import Any

from benchmarks.report import Report, Row, Section, short


def markdown(report: Report, heading: str = "###") -> str:
    blocks = [report.caption()]
    for section in report.sections:
        blocks += [f"{heading} {section.title}", section.note, table(section)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def table(section: Section) -> str:
    """The ratio first, then the median, the spread and what else was counted."""
    first = section.rows[0]
    heads = ["", section.ratio] if section.ratio else [""]
    heads += [f"{section.figure}, {section.unit}", f"spread, n = {len(first.figures)}"]
    lines = [[*heads, *first.extra], *(cells(section, row) for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join(line(words, widths) for words in [lines[0], rule, *lines[1:]])


def cells(section: Section, row: Row) -> list[str]:
    ratio = section.ratio_of(row)
    first = [f"{ratio:.2f} ×" if ratio is not None else "–"] if section.ratio else []
    low, high = row.spread
    figures = [short(row.median), f"{short(low)} – {short(high)}"]
    return [row.label, *first, *figures, *map(written, row.extra.values())]


def written(value: Any) -> str:
    return short(value) if isinstance(value, float) else str(value)


def line(words: list[str], widths: list[int]) -> str:
    """Names to the left, figures to the right: it reads on a terminal as it stands."""
    label, *rest = words
    padded = [label.ljust(widths[0])]
    padded += [word.rjust(width) for word, width in zip(rest, widths[1:], strict=True)]
    return f"| {' | '.join(padded)} |"


def embedded(page: str, part: str, text: str) -> str:
    """The page with `text` between the part's two marks. Raises ValueError without them."""
    pattern = rf"(<!-- results: {part} -->\n).*?(<!-- end -->)"
    changed, count = re.subn(pattern, lambda m: f"{m[1]}\n{text}\n{m[2]}", page, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"the page has no marks for {part!r}")
    return changed
