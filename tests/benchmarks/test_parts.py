"""`python -m benchmarks`: what it refuses, what it writes, and that the page is up to date."""

import pytest

from benchmarks import __main__ as door
from benchmarks.__main__ import PAGES, PARTS, RESULTS, main
from benchmarks.chart import svg
from benchmarks.report import Report, Row, Section, load
from benchmarks.table import embedded, markdown
from benchmarks.team import FLASK


def report(rounds: int, tell) -> Report:
    tell("measuring")
    section = Section("One", "median", "µs", "", [Row("ours", [1.0] * rounds)], "ours", "ours = 1")
    return Report("pool", "The pool", {"machine": "2 cores"}, "Rounds.", [section])


@pytest.mark.parametrize("part", PARTS)
def test_the_page_and_the_chart_say_what_was_measured(part):
    measured = load(RESULTS / f"{part}.json")
    for page in PAGES:
        told = page.read_text(encoding="utf-8")
        assert embedded(told, part, markdown(measured)) == told
    assert (RESULTS / f"{part}.svg").read_text(encoding="utf-8") == svg(measured)
    assert markdown(measured) in (RESULTS / f"{part}.md").read_text(encoding="utf-8")


def test_it_writes_json_table_and_chart_and_prints_the_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(door, "FLASK", tmp_path)
    monkeypatch.setitem(PARTS, "pool", report)
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    main(["--only", "pool", "--rounds", "2", "--into", str(tmp_path / "out")])
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"pool.json", "pool.md", "pool.svg"}
    assert load(tmp_path / "out" / "pool.json") == report(2, print)
    assert "| ours |" in capsys.readouterr().out
    assert [page.read_text(encoding="utf-8") for page in PAGES] == pages


def test_without_the_flask_side_it_names_the_door(tmp_path, monkeypatch):
    monkeypatch.setattr(door, "FLASK", tmp_path / "none")
    with pytest.raises(SystemExit, match="make bench"):
        main([])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["--only", "pool,jump"],
            "'jump' is no part; there are pool, sessions, pages, caches, markdown",
        ),
        (["--rounds", "0"], "'0' is not allowed; give a whole number from 1"),
    ],
)
def test_wrong_words_are_named(words, reason, capsys):
    with pytest.raises(SystemExit) as exit:
        main(words)
    assert exit.value.code == 2 and reason in capsys.readouterr().err


@pytest.mark.soak
@pytest.mark.skipif(not FLASK.exists(), reason="`make bench` makes the Flask side")
@pytest.mark.parametrize("part", PARTS)
def test_each_variant_can_be_measured(part, tmp_path):
    main(["--only", part, "--rounds", "1", "--into", str(tmp_path)])
    measured = load(tmp_path / f"{part}.json")
    assert [section.title for section in measured.sections] == [
        section.title for section in load(RESULTS / f"{part}.json").sections
    ]
