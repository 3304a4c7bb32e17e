"""What caches count, within the process: where it goes, and what cache_status says of it."""

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.monitoring import cache_report
from core.shared_memory.cache_counters import CACHE, REDIS
from core.shared_memory.counter_files import ENDED, readings
from core.shared_memory.process_counters import Counters


@pytest.fixture(autouse=True)
def run_dir(settings: Any, tmp_path: Path) -> Path:
    settings.INKPOOL_RUN_DIR = tmp_path
    return tmp_path


def test_without_processes_a_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("cache_status")
    out, err = capsys.readouterr()
    assert out == ""
    assert "No process of this site" in err


def test_lines_for_a_pipe_and_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    numbers, redis = Counters("pages"), Counters("session:", REDIS)
    numbers.add("hits", 3)
    numbers.add("misses")
    redis.add("away")
    call_command("cache_status")
    assert capsys.readouterr().out == (
        "cache=pages processes=1 hits=3 misses=1 outdated=0 collapsed=0 stale=0 entries=- bytes=- "
        "hit_ratio=75.0%\nredis=session processes=1 away=1 is_open=0 errors=-\n"
    )
    call_command("cache_status", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["caches"][0]["hit_ratio"] == 0.75
    numbers.set(entries=2, bytes=5000)
    assert cache_report.caches()[0]["bytes"] == 5000


def test_a_table_for_people() -> None:
    from rich.console import Console

    Counters("pages").add("hits")
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(cache_report.as_tables(cache_report.status()))
    assert "pages" in console.export_text()


def test_a_run_dir_that_cannot_be_used(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.INKPOOL_RUN_DIR = tmp_path / "file"
    with pytest.raises(CommandError, match=r"RUN_DIR=.*cannot be used"):
        call_command("cache_status")


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan"])
def test_a_pause_that_is_none_is_refused(value: str) -> None:
    with pytest.raises((CommandError, SystemExit)):
        call_command("cache_status", "--watch", value)


def test_many_threads_count_exactly_and_open_once() -> None:
    numbers = Counters("pages")

    def count() -> None:
        for _ in range(1000):
            numbers.add("hits")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    [reading] = readings(CACHE)
    assert reading.values["hits"] == 8000


def test_a_child_counts_under_its_own_name_and_is_added_when_it_ends() -> None:
    numbers = Counters("pages")
    numbers.add("hits")
    pid = os.fork()
    if not pid:
        numbers.add("hits", 5)
        os._exit(0)
    os.waitpid(pid, 0)
    found = {each.pid or ENDED: each.values["hits"] for each in readings(CACHE)}
    assert found == {os.getpid(): 1, ENDED: 5}
    [row] = cache_report.caches()
    assert (row["hits"], row["processes"]) == (6, 1)
