"""What a part has measured: sections of rows, as JSON and back."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass
class Row:
    """One variant: a figure of each round (or of each request), and what else is worth a column.

    `ratio` is set where it is not the comparison with the section's baseline.
    """

    label: str
    figures: list[float]
    extra: dict[str, Any] = field(default_factory=dict)
    ratio: float | None = None

    @property
    def median(self) -> float:
        return median(self.figures)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.figures), max(self.figures)


@dataclass
class Section:
    """One question: `figure` says what each row's figures are, in `unit`.

    `paired`: the rows' figures belong together by rounds, so that a ratio is that of its round.
    """

    title: str
    figure: str
    unit: str
    note: str
    rows: list[Row]
    baseline: str = ""  # the label of the row that is 1.00 ×
    ratio: str = ""  # what the ratio is called; empty: there is none
    paired: bool = True
    series: dict[str, list[tuple[float, int]]] = field(default_factory=dict)  # seconds, connections

    def ratio_of(self, row: Row) -> float | None:
        if row.ratio is not None or not self.baseline:
            return row.ratio
        against = next(each for each in self.rows if each.label == self.baseline)
        if not self.paired:
            return row.median / against.median
        pairs = zip(row.figures, against.figures, strict=True)
        return median(figure / base for figure, base in pairs)


def rounds_in_words(rounds: int) -> str:
    """How the parts are measured, in words."""
    return (
        f"{rounds} interleaved rounds; a ratio is the median of the rounds' ratios, the spread "
        "the lowest and the highest round."
    )


@dataclass
class Report:
    """A part: its sections, and where and how they were measured."""

    part: str
    title: str
    machine: dict[str, str]
    method: str  # n, and what ratio and spread are
    sections: list[Section]

    def caption(self) -> str:
        """Machine, versions, n and how to read the figures."""
        return f"{'; '.join(self.machine.values())}. {self.method}"

    def dumps(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> Report:
    content = json.loads(path.read_text(encoding="utf-8"))
    sections = [
        Section(**{**section, "rows": [Row(**row) for row in section["rows"]]})
        for section in content.pop("sections")
    ]
    return Report(**content, sections=sections)


def short(value: float) -> str:
    """Three significant digits, and no more than the number has."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
