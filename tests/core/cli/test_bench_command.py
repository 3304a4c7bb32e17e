"""manage.py bench: what it refuses, and a small run of it."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from benchmarks import load as harness
from benchmarks.report import Report, Row

# Long enough for the onlooker to see a connection: SHOW STATUS is slower on MySQL than on MariaDB.
SMALL = harness.Load(threads=8, work=0.25, cap=2)
SMALL_WORDS = ["--threads=8", "--work=0.25", "--cap=2"]


@pytest.fixture
def measured(monkeypatch):
    """What the command asked for; a report in place of the servers."""
    asked = []

    def with_and_without(load, tell, watch):
        asked.append(load)
        row = Row("without a pool", [0.05], {"connections at most": 8})
        section = harness.load_section(load, [row], {"without a pool": [(0.0, 0), (0.1, 8)]})
        return Report("load", "Load", {"machine": "2 cores"}, "One run.", [section])

    monkeypatch.setattr(harness, "with_and_without", with_and_without)
    return asked


def test_it_is_the_notes_load_unless_told_otherwise(measured):
    call_command("bench", "pool")
    call_command("bench", "pool", *SMALL_WORDS)
    assert measured == [(100, 1.0, 6), SMALL]


def test_the_table_goes_to_stdout(measured, capsys):
    call_command("bench", "pool")
    told = capsys.readouterr()
    assert "| without a pool |" in told.out and told.err == ""


def test_json_and_the_chart(measured, capsys, tmp_path):
    call_command("bench", "pool", "--json", f"--svg={tmp_path / 'load.svg'}")
    told = json.loads(capsys.readouterr().out)
    assert told["sections"][0]["rows"][0]["label"] == "without a pool"
    assert ElementTree.parse(tmp_path / "load.svg").getroot().get("role") == "img"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--threads=0"], "--threads: '0' is not allowed; give a whole number from 1 to 1000"),
        (["--cap=1001"], "--cap: '1001' is not allowed"),
        (["--work=-1"], "--work: '-1' is not allowed; give seconds from 0 to 60"),
        (["--work=nan"], "--work: 'nan' is not allowed"),
        (["--svg=/no/such/folder/x.svg"], "--svg: /no/such/folder/x.svg cannot be written"),
        (["--svg=/"], "--svg: / cannot be written"),
    ],
)
def test_what_is_refused_is_named_before_anything_starts(measured, words, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("bench", "pool", *words)
    assert measured == []


def test_a_missing_server_is_one_line_to_type(monkeypatch):
    monkeypatch.setattr("tests.services.program", lambda name: None)
    with pytest.raises(CommandError, match=r"apt-get install .*mariadb-server-core$"):
        call_command("bench", "pool")


def test_a_site_without_the_benchmarks_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "benchmarks.load", None)
    with pytest.raises(CommandError, match=r"in a checkout .* benchmarks\.load is missing"):
        call_command("bench", "pool")


def test_another_part_is_wrong_usage():
    words = [sys.executable, "manage.py", "bench", "jump"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2 and "pool" in done.stderr


@pytest.mark.soak
def test_a_small_run_shows_the_cap(capsys):
    call_command("bench", "pool", "--json", *SMALL_WORDS)
    section = json.loads(capsys.readouterr().out)["sections"][0]
    without, request, transaction = section["rows"]
    assert without["extra"]["connections at most"] > 2
    assert request["extra"]["connections at most"] <= 2
    assert transaction["extra"]["connections at most"] <= 2
    for row in section["rows"]:
        assert len(row["figures"]) == 8 and row["extra"]["errors"] == 0
        assert section["series"][row["label"]][0][1] <= 2
    assert request["extra"]["all, s"] >= 4 * SMALL.work  # eight in turns of two
