"""The board: who lives is read, who died is added up, a forked child writes elsewhere."""

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
from core.shared_memory import process_counters
from tests.processes import ROOT

THINGS = process_counters.Subject("things", ("done",), ("open",))
WRITER = """
import os, sys
from tests import environment
os.environ["RUN_DIR"] = sys.argv[1]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
from core.shared_memory import process_counters
from core.shared_memory.process_counters import Slots, Subject
process_counters.site = lambda: sys.argv[2]
slots = Slots(Subject("things", ("done",), ("open",)), "a.label/with signs")
slots.set(done=3, open=2)
if sys.argv[3:] and os.fork() == 0:
    slots.add("done", 100)
os.write(1, b"%d\\n" % os.getpid())
sys.stdin.read()
"""


@pytest.fixture
def run_dir(settings, tmp_path: Path) -> Path:
    settings.INKPOOL_RUN_DIR = tmp_path / "run"
    return settings.INKPOOL_RUN_DIR


@contextmanager
def writer(folder: Path, *words: str) -> Iterator[list[int]]:
    """A process that counts; and with `fork` another one, its child."""
    command = [sys.executable, "-c", WRITER, str(folder), process_counters.site(), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield [int(process.stdout.readline()) for _ in range(1 + len(words))]
        process.stdin.close()


def test_a_living_process_is_read(run_dir):
    with writer(run_dir) as [pid]:
        (reading,) = process_counters.readings(THINGS)
        assert reading == process_counters.Reading(
            pid, "a.label/with signs", {"done": 3, "open": 2}
        )


def test_a_folder_that_is_removed_meanwhile_ends_nothing(run_dir, monkeypatch):
    paths = process_counters.living

    def removed(subject: process_counters.Subject) -> list[Path]:
        found = paths(subject)
        shutil.rmtree(run_dir)
        return found

    with writer(run_dir), monkeypatch.context() as patch:
        patch.setattr(process_counters, "living", removed)
        assert process_counters.readings(THINGS) == []
    assert process_counters.readings(THINGS) == []


def test_what_a_killed_process_counted_stays_in_the_sum(run_dir):
    for _ in range(2):
        with writer(run_dir) as [pid]:
            os.kill(pid, signal.SIGKILL)
    for _ in range(2):  # reading adds nothing twice
        (reading,) = process_counters.readings(THINGS)
        assert (reading.pid, reading.values) == (process_counters.RETIRED, {"done": 6, "open": 0})


def test_a_forked_child_neither_counts_for_its_parent_nor_keeps_it_alive(run_dir):
    with writer(run_dir, "fork") as pids:
        (reading,) = process_counters.readings(THINGS)
        assert reading.values["done"] == 3
        os.kill(reading.pid, signal.SIGKILL)
        (child,) = set(pids) - {reading.pid}
        wait_for_end(reading.pid)
        os.kill(child, 0)  # it lives
        (reading,) = process_counters.readings(THINGS)
        assert reading.pid == process_counters.RETIRED


def wait_for_end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        assert os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOWAIT)
    finally:
        os.close(descriptor)


def test_threads_lose_no_count(run_dir):
    slots = process_counters.Slots(THINGS, "x")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: [slots.add("done") for _ in range(1000)], range(8)))
    assert process_counters.totals(process_counters.readings(THINGS))["x"]["done"] == 8000


def test_slots_that_nobody_holds_any_more_are_added_to_the_retired(run_dir):
    process_counters.Slots(THINGS, "x").add("done")
    (reading,) = process_counters.readings(THINGS)
    assert (reading.pid, reading.values["done"]) == (process_counters.RETIRED, 1)


def test_another_sites_numbers_are_not_added_but_told(run_dir, monkeypatch):
    own = process_counters.Slots(THINGS, "x")
    monkeypatch.setattr(process_counters, "site", lambda: "another1")
    other = process_counters.Slots(THINGS, "x")
    other.add("done", 7)
    assert process_counters.totals(process_counters.readings(THINGS))["x"]["done"] == 7
    assert process_counters.strangers() == 1
    assert [each.id for each in checks.run_dir_not_shared()] == ["core.W004"]
    del own
    assert process_counters.strangers() == 0
    assert checks.run_dir_not_shared() == []


def test_a_run_dir_that_cannot_be_used_is_told_and_counting_goes_on(run_dir, caplog):
    run_dir.write_text("a file")
    slots = process_counters.Slots(THINGS, "x")
    slots.add("done")
    assert slots.get("done") == 1
    assert f"RUN_DIR='{run_dir}'" in caplog.text
    with pytest.raises(OSError, match=r"exists|directory"):
        process_counters.readings(THINGS)
    (warning,) = checks.run_dir_usable()
    assert warning.id == "core.W003"
    assert f"{run_dir} is not a folder" in warning.msg


def test_a_run_dir_to_come_is_made_by_those_who_write(run_dir):
    assert checks.run_dir_usable() == checks.run_dir_not_shared() == []
    assert not run_dir.exists()
    slots = process_counters.Slots(THINGS, "x")
    (own,) = (run_dir / "board").glob("things.*")
    assert own.stat().st_mode & 0o777 == 0o660
    assert (run_dir / "board").stat().st_mode & 0o007 == 0
    del slots


@pytest.fixture
def site_in(monkeypatch):
    """The site's digest with other words in its database's settings."""
    words = process_counters.settings.DATABASES["default"]

    def site(**others):
        with monkeypatch.context() as patch:
            for name, value in others.items():
                patch.setitem(words, name, value)
            process_counters.site.cache_clear()
            return process_counters.site()

    yield site
    process_counters.site.cache_clear()


def test_the_site_stays_the_same_when_its_address_and_password_change(site_in):
    before = site_in()
    assert site_in(HOST="127.0.0.1", PORT=3307, PASSWORD="two") == before
    assert site_in(NAME="another") != before


def test_two_sites_with_databases_of_one_name_are_two(site_in, settings):
    before = site_in()
    settings.SECRET_KEY = "the key of another site"
    assert site_in() != before


def test_a_file_that_a_symlink_leads_to_is_one_database(site_in, tmp_path):
    (tmp_path / "current").symlink_to(tmp_path)
    engine = {"ENGINE": "django.db.backends.sqlite3"}
    there = site_in(**engine, NAME=tmp_path / "db.sqlite3")
    assert site_in(**engine, NAME=tmp_path / "current" / "db.sqlite3") == there
    assert site_in(**engine, NAME=tmp_path / "other" / "db.sqlite3") != there


def test_the_site_is_known_under_settings_that_have_only_djangos_own_names(site_in, settings):
    before = site_in()
    del settings.BASE_DIR
    assert site_in() == before


def test_a_release_that_counts_other_things_is_no_stranger_but_told(run_dir):
    later = process_counters.Subject("things", ("done", "undone"), ("open",))
    own, other = process_counters.Slots(THINGS, "x"), process_counters.Slots(later, "x")
    other.set(done=7, undone=1)
    own.add("done")
    assert process_counters.totals(process_counters.readings(THINGS))["x"]["done"] == 1
    assert (process_counters.other_releases(THINGS), process_counters.strangers()) == (1, 0)
    del other
    assert process_counters.other_releases(THINGS) == 0


@pytest.mark.parametrize(("alive", "counted"), [(True, 1), (False, 0)])
def test_a_foreign_file_that_may_not_be_opened_is_a_strangers_while_he_lives(
    run_dir, alive, counted
):
    pid = os.getpid() if alive else 2**30
    (run_dir / "board").mkdir(parents=True)
    closed = run_dir / "board" / f"things.{'0' * 8}.another1.{pid}.{'0' * 8}.x"
    closed.symlink_to(closed)  # may not be opened, not even by root
    assert process_counters.strangers() == counted
    assert len(checks.run_dir_not_shared()) == counted
    assert process_counters.readings(THINGS) == []
