"""manage.py bench: what it refuses, the program that it starts, and a small run."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from benchmarks import pool_load
from benchmarks.load import Load, load_section
from benchmarks.report import Report, Row

# Long enough for the onlooker to see a connection: SHOW STATUS is slower on MySQL than on MariaDB.
SMALL = Load(threads=8, work=0.25, cap=2)
SMALL_WORDS = ["--threads=8", "--work=0.25", "--cap=2"]


@pytest.fixture
def started(monkeypatch):
    """The arguments of each program that takes over the process."""
    calls = []
    monkeypatch.setattr("os.execv", lambda path, words: calls.append(words[1:]))
    return calls


@pytest.fixture
def measured(monkeypatch):
    """The loads that were asked for; a report in place of the servers."""
    loads = []

    def with_and_without(load, tell, watch):
        loads.append(load)
        row = Row("without a pool", [0.05], {"connections at most": 8})
        section = load_section(load, [row], {"without a pool": [(0.0, 0), (0.1, 8)]})
        return Report("load", "Load", {"machine": "2 cores"}, "One run.", [section])

    monkeypatch.setattr(pool_load, "with_and_without", with_and_without)
    return loads


def test_the_defaults_are_the_load_of_the_notes(started):
    call_command("bench", "pool")
    assert started == [["-m", "benchmarks.pool_load", "--threads=100", "--work=1.0", "--cap=6"]]


def test_options_are_passed_to_the_program(started, tmp_path):
    svg = f"--svg={tmp_path / 'load.svg'}"
    call_command("bench", "pool", *SMALL_WORDS, "--json", svg, "--verbosity=0")
    assert started == [["-m", "benchmarks.pool_load", *SMALL_WORDS, svg, "--json", "--quiet"]]


def test_the_program_prints_a_table_on_stdout(measured, capsys):
    pool_load.main(SMALL_WORDS)
    told = capsys.readouterr()
    assert measured == [SMALL]
    assert "| without a pool |" in told.out and told.err == ""


def test_the_program_prints_json_and_draws_the_chart(measured, capsys, tmp_path):
    pool_load.main([*SMALL_WORDS, "--json", f"--svg={tmp_path / 'load.svg'}"])
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
def test_a_refused_option_is_named_before_anything_starts(started, words, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("bench", "pool", *words)
    assert started == []


def test_a_missing_server_is_one_line_to_type(monkeypatch):
    monkeypatch.setattr("deploy.private_servers.program", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt-get install .*mariadb-server-core$"):
        pool_load.main(SMALL_WORDS)


@pytest.mark.parametrize("missing", ["benchmarks", "MySQLdb"])
def test_an_installation_without_the_benchmarks_is_refused(started, monkeypatch, missing):
    monkeypatch.setattr(
        "core.management.commands.bench.find_spec", lambda name: None if name == missing else name
    )
    with pytest.raises(CommandError, match=rf"in a checkout .* {missing} is missing"):
        call_command("bench", "pool")
    assert started == []


def test_an_unknown_part_is_wrong_usage():
    words = [sys.executable, "manage.py", "bench", "jump"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2 and "pool" in done.stderr


@pytest.mark.soak
def test_a_small_run_shows_the_cap(capsys):
    pool_load.main(["--json", *SMALL_WORDS])
    section = json.loads(capsys.readouterr().out)["sections"][0]
    without, request, transaction = section["rows"]
    assert without["extra"]["connections at most"] > 2
    assert request["extra"]["connections at most"] <= 2
    assert transaction["extra"]["connections at most"] <= 2
    for row in section["rows"]:
        assert len(row["figures"]) == 8 and row["extra"]["errors"] == 0
        assert section["series"][row["label"]][0][1] <= 2
    assert request["extra"]["all, s"] >= 4 * SMALL.work  # eight in turns of two
