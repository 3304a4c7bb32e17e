"""Ratios, spreads, tables, JSON and charts, from figures that are known beforehand."""

from xml.etree import ElementTree

import pytest

from benchmarks.chart import COLOURS, steps, svg
from benchmarks.report import Report, Row, Section, load, short
from benchmarks.table import embedded, markdown, table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def section() -> Section:
    rows = [
        Row("stock", [100.0, 200.0, 1000.0], {"trips": 7.0}),
        Row("ours <fast>", [50.0, 100.0, 100.0], {"trips": 1.0}),
    ]
    return Section("One cycle", "median", "µs", "A note.", rows, "stock", "stock = 1")


@pytest.fixture
def report(section: Section) -> Report:
    series = {"stock": [(0.0, 0), (0.1, 100), (1.5, 0)], "ours <fast>": [(0.0, 0), (1.0, 6)]}
    over_time = Section("Load", "a request", "s", "", section.rows, series=series)
    return Report("pool", "The pool", {"machine": "2 cores"}, "3 rounds.", [section, over_time])


def test_a_ratio_is_the_median_of_the_rounds_ratios(section):
    assert section.ratio_of(section.rows[1]) == 0.5  # of 0.5, 0.5 and 0.1


def test_a_ratio_of_figures_without_rounds_is_that_of_the_medians(section):
    section.paired, section.rows[1].figures = False, [40.0]
    assert section.ratio_of(section.rows[1]) == 0.2


def test_a_ratio_of_its_own_needs_no_baseline(section):
    section.baseline, section.rows[1].ratio = "", 3.0
    assert [section.ratio_of(row) for row in section.rows] == [None, 3.0]


def test_the_table_has_the_ratio_first_then_median_and_spread(section):
    first, rule, stock, ours = table(section).splitlines()
    assert first.split("|")[2:6] == [" stock = 1 ", " median, µs ", " spread, n = 3 ", " trips "]
    assert ours.split("|")[1].strip() == "ours <fast>"
    assert [cell.strip() for cell in ours.split("|")[2:6]] == [
        "0.50 ×",
        "100",
        "50.0 – 100",
        "1.00",
    ]
    assert len({len(first), len(rule), len(stock), len(ours)}) == 1


def test_a_section_without_ratio_has_no_column_for_it(section):
    section.ratio = ""
    assert "×" not in table(section) and "stock = 1" not in table(section)


def test_json_keeps_everything(report, tmp_path):
    path = tmp_path / "pool.json"
    path.write_text(report.dumps())
    assert markdown(load(path)) == markdown(report)
    assert svg(load(path)) == svg(report)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.056, "0.06"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_figures_are_short(value, words):
    assert short(value) == words


def test_the_page_has_the_results_between_the_marks():
    page = "a\n<!-- results: pool -->\nold\n<!-- end -->\nb\n<!-- results: x -->\n<!-- end -->"
    done = embedded(page, "pool", "new \\1\n")
    assert "old" not in done and done.startswith("a\n<!-- results: pool -->\n\nnew \\1\n\n<!-- end")
    assert done.endswith("b\n<!-- results: x -->\n<!-- end -->")
    with pytest.raises(ValueError, match="'pages'"):
        embedded(page, "pages", "")


class TestChart:
    def test_it_is_xml_that_says_what_it_shows(self, report):
        root = ElementTree.fromstring(svg(report))
        words = "".join(root.itertext())
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title") == "The pool"
        assert root.findtext(f"{SVG}desc") == "2 cores. 3 rounds."
        assert "ours <fast>" in words and "0.50 ×, 100 µs" in words

    def test_a_bar_ends_at_the_median_and_its_line_at_the_spread(self, report):
        root = ElementTree.fromstring(svg(report))
        first, second = (float(bar.get("width")) for bar in root.findall(f"{SVG}rect")[:2])
        assert second == pytest.approx(first / 2)
        whisker = root.findall(f"{SVG}polyline")[0].get("points").split()
        low, high = (float(point.split(",")[0]) - 300 for point in whisker)
        assert high == pytest.approx(low * 10)

    def test_text_follows_the_page_and_colours_read_on_white_and_on_black(self, report):
        assert "prefers-color-scheme: dark" in svg(report) and "currentColor" in svg(report)
        for colour in COLOURS:
            light = luminance(colour)
            assert 1.05 / (light + 0.05) >= 3 and (light + 0.05) / 0.05 >= 3

    def test_connections_are_drawn_as_steps(self):
        drawn = list(steps([(0.0, 1), (1.0, 1), (2.0, 5), (3.0, 5)]))
        assert drawn == [(0.0, 1), (2.0, 1), (2.0, 5), (3.0, 5)]

    def test_a_report_of_zeros_can_be_drawn(self, report):
        for row in report.sections[0].rows:
            row.figures = [0]
        report.sections[0].baseline = ""
        ElementTree.fromstring(svg(report))


def luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
