"""A report as SVG, by hand: bars with their spread, and connections over time.

Promises: it reads on light and on dark (text follows the page, the colours have a contrast of
3:1 with white and with black), a line is known by its dashes too, and a screen reader gets title
and caption. Nothing is loaded or run.
"""

from collections.abc import Iterator
from textwrap import wrap
from xml.sax.saxutils import escape

from benchmarks.report import Report, Section, short

WIDTH, LEFT, RIGHT, LINE = 860, 300, 200, 22  # of the drawing, its margins, and one row
PLOT = WIDTH - LEFT - RIGHT
HEIGHT_OF_LINES = 190
COLOURS = ["#3a7fc1", "#c2651a", "#3f8a4d", "#9a5fc0", "#b8860b", "#b34a5a"]
DASHES = ["", "7 3", "2 3", "10 3 2 3", "4 4", "1 2"]
STYLE = """\
.inkpool-chart { color: #1c1917; font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .inkpool-chart { color: #e7e5e4; } }"""


def svg(report: Report) -> str:
    parts, y = [text(0, 20, report.title, size=16, weight=600)], 44
    for section in report.sections:
        drawn, height = panel(section, y)
        parts += drawn
        y += height
    caption = wrap(report.caption(), 125)
    parts += [text(0, y + 16 * n, words, size=11) for n, words in enumerate(caption)]
    return "\n".join([*head(report, y + 16 * len(caption)), *parts, "</svg>"]) + "\n"


def head(report: Report, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="inkpool-chart" role="img" '
        f'viewBox="-10 0 {WIDTH + 20} {height}" width="{WIDTH + 20}" fill="currentColor" '
        f'color="#77726c" font-family="system-ui, sans-serif">',
        f"<style>{STYLE}</style>",
        f"<title>{escape(report.title)}</title>",
        f"<desc>{escape(report.caption())}</desc>",
    ]


def panel(section: Section, y: int) -> tuple[list[str], int]:
    """A section's drawings from `y` on, and how high they are."""
    drawn = [text(0, y, f"{section.title}: {section.figure}, {section.unit}", weight=600)]
    drawn += bars(section, y + LINE)
    below = y + LINE * (len(section.rows) + 1)
    if section.series:
        drawn += lines(section, below)
        below += HEIGHT_OF_LINES + LINE * (len(section.series) + 2)
    return drawn, below - y + LINE


def bars(section: Section, y: int) -> Iterator[str]:
    most = max(row.spread[1] for row in section.rows) or 1
    for number, row in enumerate(section.rows):
        middle = y + LINE * number
        low, mid, high = (
            LEFT + PLOT * v / most for v in (row.spread[0], row.median, row.spread[1])
        )
        yield text(LEFT - 8, middle + 4, row.label, anchor="end")
        yield rect(LEFT, middle - 6, mid - LEFT, 12, COLOURS[0])
        yield path([(low, middle), (high, middle)], "currentColor", width=1)
        yield text(max(mid, high) + 8, middle + 4, value(section, number))


def value(section: Section, number: int) -> str:
    row = section.rows[number]
    ratio = section.ratio_of(row)
    figure = f"{short(row.median)} {section.unit}"
    return figure if ratio is None else f"{ratio:.2f} ×, {figure}"


def lines(section: Section, y: int) -> Iterator[str]:
    """Steps: how many connections there were at each moment, every series in one plot."""
    end = max(series[-1][0] for series in section.series.values()) or 1
    most = max(count for series in section.series.values() for _, count in series) or 1
    bottom, wide = y + HEIGHT_OF_LINES, WIDTH - 100
    yield text(0, y + 4, "Threads_connected", size=12)
    yield path([(60, y + LINE), (60, bottom), (60 + wide, bottom)], "currentColor", width=1)
    yield text(52, y + LINE + 4, str(most), size=12, anchor="end")
    yield text(52, bottom + 4, "0", size=12, anchor="end")
    yield text(60 + wide, bottom + 16, f"{short(end)} s", size=12, anchor="end")
    for number, (label, series) in enumerate(section.series.items()):
        high = HEIGHT_OF_LINES - LINE
        points = [(60 + wide * t / end, bottom - high * count / most) for t, count in steps(series)]
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        key = bottom + LINE * (number + 1) + 8
        yield path(points, colour, 2, dash)
        yield path([(60, key), (100, key)], colour, 2, dash)
        yield text(110, key + 4, label)


def steps(series: list[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """The corners only: a count holds until the next one."""
    before = None
    for moment, count in series:
        if before is not None and count != before:
            yield moment, before
        if count != before:
            yield moment, count
        before = count
    yield series[-1][0], series[-1][1]


def text(
    x: float, y: float, words: str, size: int = 13, weight: int = 400, anchor: str = "start"
) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}"'
    return f'<text {place} text-anchor="{anchor}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{max(width, 1):.1f}" height="{height}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def path(points: list[tuple[float, float]], colour: str, width: int = 1, dash: str = "") -> str:
    route = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'stroke="{colour}" stroke-width="{width}"'
    return f'<polyline points="{route}" fill="none" {line} stroke-dasharray="{dash or "none"}"/>'
