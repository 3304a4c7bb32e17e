"""Counters: a living process is read, an ended one is added up, a forked child has its own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import checks
from core.shared_memory import counter_files
from core.shared_memory.counter_files import (
    ENDED,
    CounterSet,
    Reading,
    foreign_processes,
    readings,
    site,
    totals,
)
from core.shared_memory.process_counters import Counters
from deploy.processes import ROOT

THINGS = CounterSet("things", ("done",), ("open",))
WRITER = """
import os, sys
from tests import environment
os.environ["RUN_DIR"] = sys.argv[1]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
from core.shared_memory import process_counters
from core.shared_memory.counter_files import CounterSet
process_counters.site = lambda: sys.argv[2]
things = CounterSet("things", ("done",), ("open",))
counters = process_counters.Counters("a.label/with signs", things)
counters.set(done=3, open=2)
if sys.argv[3:] and os.fork() == 0:
    counters.add("done", 100)
os.write(1, b"%d\\n" % os.getpid())
sys.stdin.read()
"""


@pytest.fixture
def run_dir(settings, tmp_path: Path) -> Path:
    settings.INKPOOL_RUN_DIR = tmp_path / "run"
    return settings.INKPOOL_RUN_DIR


@contextmanager
def writer(run_dir: Path, *words: str) -> Iterator[list[int]]:
    """A process that counts; and with `fork` another one, its child. Yields their pids."""
    command = [sys.executable, "-c", WRITER, str(run_dir), site(), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield [int(process.stdout.readline()) for _ in range(1 + len(words))]
        process.stdin.close()


def counted(label: str = "x") -> int:
    return totals(readings(THINGS))[label]["done"]


def test_living_process_is_read(run_dir):
    with writer(run_dir) as [pid]:
        (reading,) = readings(THINGS)
    assert (reading.pid, reading.label) == (pid, "a.label/with signs")
    assert reading.values == {"done": 3, "open": 2}


def test_directory_that_is_removed_during_a_reading_raises_nothing(run_dir, monkeypatch):
    found = counter_files._own_files

    def removed() -> list[Path]:
        paths = found()
        shutil.rmtree(run_dir)
        return paths

    with writer(run_dir), monkeypatch.context() as patch:
        patch.setattr(counter_files, "_own_files", removed)
        patch.setattr(counter_files, "_sweep", lambda: None)
        assert readings(THINGS) == []
    assert readings(THINGS) == []


@pytest.mark.parametrize("content", [b"", bytes(64), b"\xff" * 100])
def test_file_that_is_damaged_after_a_loss_of_power_is_not_read(run_dir, content):
    own = Counters("x", THINGS)
    own.add("done")
    (run_dir / "counters" / f"{site()}.1.aa.bb").write_bytes(content)
    (run_dir / "counters" / f"{site()}.{ENDED}").write_bytes(content)
    assert counted() == 1


def test_counts_of_a_killed_process_stay_in_the_sum(run_dir):
    for _ in range(2):
        with writer(run_dir) as [pid]:
            os.kill(pid, signal.SIGKILL)
    for _ in range(2):  # reading adds nothing twice
        (reading,) = readings(THINGS)
        assert (reading.pid, reading.process, reading.values) == (None, ENDED, {"done": 6})


def test_forked_child_has_its_own_counts_and_does_not_keep_its_parents_file(run_dir):
    with writer(run_dir, "fork") as pids:
        values = {reading.pid: reading.values["done"] for reading in readings(THINGS)}
        assert set(values) == set(pids)
        (child,) = (pid for pid in pids if values[pid] == 100)
        (parent,) = {*pids} - {child}
        os.kill(parent, signal.SIGKILL)
        wait_for_end(parent)
        os.kill(child, 0)  # it lives
        assert {each.pid: each.values["done"] for each in readings(THINGS)} == {child: 100, None: 3}


def wait_for_end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        assert os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOWAIT)
    finally:
        os.close(descriptor)


def test_processes_of_containers_with_one_pid_are_two():
    found = [Reading(each, "things", "x", counter_files.Counter()) for each in ("7.aa", "7.bb")]
    assert totals([*found, found[0]])["x"]["processes"] == 2


def test_threads_lose_no_count(run_dir):
    counters = Counters("x", THINGS)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: [counters.add("done") for _ in range(1000)], range(8)))
    assert counted() == 8000


def test_counts_of_an_object_that_is_gone_are_added_to_the_ended(run_dir):
    Counters("x", THINGS).add("done")
    (reading,) = readings(THINGS)
    assert (reading.process, reading.values["done"]) == (ENDED, 1)


def test_numbers_of_another_site_are_not_added_but_its_processes_counted(run_dir, monkeypatch):
    own, other = Counters("x", THINGS), Counters("x", THINGS)
    own.add("done")
    with monkeypatch.context() as patch:
        patch.setattr("core.shared_memory.process_counters.site", lambda: "another1")
        other.add("done", 7)
    assert counted() == 1
    assert foreign_processes() == 1
    assert [each.id for each in checks.run_dir_not_shared()] == ["core.W004"]
    del other
    assert foreign_processes() == 0
    assert checks.run_dir_not_shared() == []


def test_numbers_of_another_release_are_read_by_their_names(run_dir):
    own = Counters("x", THINGS)
    own.add("done")
    other = Counters("x", CounterSet("things", ("tried", "done"), ("size",)))
    other.set(tried=9, done=7, size=1)
    expected = {"done": 8, "open": 0, "tried": 9, "size": 1, "processes": 1}
    assert totals(readings(THINGS))["x"] == expected
    del other
    assert counted() == 8
    assert foreign_processes() == 0


def test_run_dir_that_cannot_be_used_is_logged_and_counting_goes_on(run_dir, caplog):
    run_dir.write_text("a file")
    counters = Counters("x", THINGS)
    counters.add("done")
    assert counters.get("done") == 1
    assert f"RUN_DIR='{run_dir}'" in caplog.text
    with pytest.raises(OSError, match=r"exists|directory"):
        readings(THINGS)
    (warning,) = checks.run_dir_usable()
    assert warning.id == "core.W003"
    assert f"{run_dir} is not a folder" in warning.msg


def test_run_dir_is_made_by_the_first_count_for_owner_and_group(run_dir):
    assert checks.run_dir_usable() == checks.run_dir_not_shared() == []
    assert not run_dir.exists()
    counters = Counters("x", THINGS)
    counters.add("done")
    (own,) = (run_dir / "counters").glob(f"{site()}.*")
    assert own.stat().st_mode & 0o777 == 0o660
    assert (run_dir / "counters").stat().st_mode & 0o007 == 0
    del counters
    readings(THINGS)
    assert (run_dir / "counters" / f"{site()}.{ENDED}").stat().st_mode & 0o777 == 0o660


@pytest.fixture
def site_in(monkeypatch):
    """The digest of a site whose database has other settings."""
    database = counter_files.settings.DATABASES["default"]

    def site_with(**others):
        with monkeypatch.context() as patch:
            for name, value in others.items():
                patch.setitem(database, name, value)
            site.cache_clear()
            return site()

    yield site_with
    site.cache_clear()


def test_site_stays_the_same_when_its_address_and_password_change(site_in):
    before = site_in()
    assert site_in(HOST="127.0.0.1", PORT=3307, PASSWORD="two") == before
    assert site_in(NAME="another") != before


def test_sites_with_databases_of_one_name_differ_by_their_secret_keys(site_in, settings):
    before = site_in()
    settings.SECRET_KEY = "the key of another site"
    assert site_in() != before


def test_sqlite_file_behind_a_symlink_is_one_database(site_in, tmp_path):
    (tmp_path / "current").symlink_to(tmp_path)
    engine = {"ENGINE": "django.db.backends.sqlite3"}
    there = site_in(**engine, NAME=tmp_path / "db.sqlite3")
    assert site_in(**engine, NAME=tmp_path / "current" / "db.sqlite3") == there
    assert site_in(**engine, NAME=tmp_path / "other" / "db.sqlite3") != there


def test_site_is_known_under_settings_that_have_only_djangos_own_names(site_in, settings):
    before = site_in()
    del settings.BASE_DIR
    assert site_in() == before


@pytest.mark.parametrize(("lives", "expected"), [(True, 1), (False, 0)])
def test_foreign_file_that_may_not_be_opened_counts_while_its_process_lives(
    run_dir, lives, expected
):
    pid = os.getpid() if lives else 2**30
    (run_dir / "counters").mkdir(parents=True)
    closed = run_dir / "counters" / f"another1.{pid}.aa.bb"
    closed.symlink_to(closed)  # may not be opened, not even by root
    assert foreign_processes() == expected
    assert len(checks.run_dir_not_shared()) == expected
    assert readings(THINGS) == []
