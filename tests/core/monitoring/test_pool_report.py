"""pool_status within the process: what it refuses, and what it shows without running processes."""

import json
import os
import sys
from subprocess import PIPE

import pytest
from django.core.management import CommandError, call_command

from core.monitoring import pool_report
from core.monitoring.pool_numbers import POOL
from core.mysql_pool.pool_counters import Stats
from core.shared_memory.process_counters import Counters
from deploy.processes import ROOT, begin
from tests.core.mysql_pool.conftest import ON_MYSQL


@pytest.fixture
def run_dir(settings, monkeypatch, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "core.mysql_pool")
    return tmp_path


@pytest.fixture
def no_server(monkeypatch):
    monkeypatch.setattr(pool_report, "server", lambda: {"server": None, "error": "it is away"})


def test_sqlite_has_no_pool(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    with pytest.raises(CommandError, match=r"SQLite, which has no pool.*DATABASE_URL"):
        call_command("pool_status")


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan", "inf", "1e300"])
def test_a_pause_that_is_none_is_refused(run_dir, value, capsys):
    with pytest.raises((CommandError, SystemExit)):
        call_command("pool_status", "--watch", value)


def test_without_processes_a_line_says_so(run_dir, no_server, capsys):
    call_command("pool_status")
    out, err = capsys.readouterr()
    assert out == ""
    assert "No process of this site" in err
    assert "it is away" in err


def test_a_server_that_is_away_leaves_the_rest(run_dir, no_server, capsys):
    pool = Stats(Counters("default", POOL), 6)
    call_command("pool_status", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["server"], found["sum"][0]["cap"]) == (None, 6)
    pool.waited(-1000)
    call_command("pool_status", "--json")
    assert json.loads(capsys.readouterr().out)["sum"][0]["wait_p50"] == "+Inf"


def test_json_is_valid_whatever_the_database_is_called(run_dir, no_server, capsys):
    pool = Stats(Counters("Infinity", POOL), 6)
    pool.waited(-1000)
    call_command("pool_status", "--json")
    (row,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["sum"]
    assert (row["database"], row["wait_p50"]) == ("Infinity", "+Inf")


def test_a_run_dir_that_cannot_be_used_is_named(run_dir, settings):
    settings.INKPOOL_RUN_DIR = run_dir / "file"
    settings.INKPOOL_RUN_DIR.write_text("")
    with pytest.raises(CommandError, match=r"RUN_DIR=.*file cannot be used"):
        call_command("pool_status")


@pytest.mark.skipif(not ON_MYSQL, reason="SQLite is no server")
@pytest.mark.django_db
def test_the_servers_own_numbers(run_dir, capsys):
    call_command("pool_status", "--json")
    server = json.loads(capsys.readouterr().out)["server"]
    assert {"Threads_connected", "Threads_running", "max_connections"} <= server.keys()


@pytest.mark.skipif(not ON_MYSQL, reason="SQLite has no pool")
def test_a_reader_who_has_seen_enough_hears_no_complaint(tmp_path):
    with begin(
        [sys.executable, "manage.py", "pool_status", "--watch", "0.01"],
        cwd=ROOT,
        env=os.environ | {"RUN_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "core.settings"},
        stdout=PIPE,
        stderr=PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("server ")
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 141
    assert "Traceback" not in told
    assert "RUN_DIR" not in told


def test_lines_show_times_reasons_and_what_there_is_not(run_dir, no_server, capsys):
    pool = Stats(Counters("default", POOL), 6)
    pool.waited(-1000)
    call_command("pool_status")
    lines = capsys.readouterr().out.splitlines()
    assert "retired=- wait_p50=+Inf" in lines[0]
    pool.count("retired_age")
    call_command("pool_status")
    assert "retired=age:1 wait_p50=+Inf" in capsys.readouterr().out
