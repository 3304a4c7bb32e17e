"""Commands that need a server or another environment, typed in a pipe and on a terminal."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pexpect
import pytest

from deploy.ports import bound_port
from deploy.processes import ROOT, begin, stop, wait_until
from tests.test_commands import Site

pytestmark = pytest.mark.doors
UNREACHABLE = "127.0.0.1:1"  # no server listens on port 1
# The line, and where it is refused.
REFUSED = {
    "cache_status": {"RUN_DIR": "/proc/nothing"},
    "clearsessions": {"DATABASE_URL": f"mysql://root@{UNREACHABLE}/ink"},
    "purge_trash": {"DATABASE_URL": f"mysql://root@{UNREACHABLE}/ink"},
    "rebuild_search": {"DATABASE_URL": f"mysql://root@{UNREACHABLE}/ink"},
    "rerender_articles": {"DATABASE_URL": f"mysql://root@{UNREACHABLE}/ink"},
    "runserver --noreload": {"REDIS_URL": f"redis://{UNREACHABLE}"},
    "seed_demo": {"DJANGO_USER_PASSWORD": "short"},
}
SMALL_LOAD = ["bench", "pool", "--threads=2", "--work=0", "--cap=1"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("served"))
    ((done, *_), _) = site.in_a_pipe([["migrate", "-v0"]])
    assert done.code == 0
    return site


def start(site: Site, *words: str, **environment: str) -> subprocess.Popen[str]:
    """In pipes."""
    return begin(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=site.environment | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def show(site: Site, *words: str, **environment: str) -> Any:
    """On a terminal."""
    return pexpect.spawn(
        sys.executable,
        ["manage.py", *words],
        cwd=ROOT,
        env=site.environment | environment,
        encoding="utf-8",
        dimensions=(60, 200),
        timeout=120,
    )


def ended(child: Any) -> str:
    child.expect(pexpect.EOF)
    child.close()
    return child.before.replace("\r", "")


def clear_line(text: str) -> bool:
    lines = [line for line in text.splitlines() if not line.startswith("Writing to")]
    return len(lines) == 1 and len(lines[0]) > 20


def test_a_refusal_is_one_clear_line_and_a_1(site: Site) -> None:
    # Each in a RUN_DIR of its own: of a neighbour with another database they would warn.
    run_dir = site.environment["RUN_DIR"]
    lines = {
        line: {"RUN_DIR": f"{run_dir}{number}"} | where
        for number, (line, where) in enumerate(REFUSED.items())
    }
    piped = {line: start(site, *line.split(), **where) for line, where in lines.items()}
    seen = {line: show(site, *line.split(), **where) for line, where in lines.items()}
    told = {line: process.communicate(timeout=120) for line, process in piped.items()}
    shown = {line: ended(child) for line, child in seen.items()}
    for line, (out, err) in told.items():
        assert (piped[line].returncode, out) == (1, ""), line
        assert clear_line(err) and "\x1b" not in err, (line, err)
        assert seen[line].exitstatus == 1 and "Traceback" not in shown[line], line


@contextmanager
def served(site: Site) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """runserver in pipes, and its address."""
    address = f"127.0.0.1:{bound_port(0)}"
    process = start(site, "runserver", "--noreload", address)
    try:
        wait_until(lambda: urlopen(f"http://{address}/livez").close(), URLError, process)
        yield process, f"http://{address}"
    finally:
        stop(process)
        process.communicate()


def test_runserver_serves_until_ctrl_c(site: Site) -> None:
    with served(site) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    child = show(site, "runserver", "--noreload", f"127.0.0.1:{bound_port(0)}")
    child.expect("Quit the server with CONTROL-C")
    child.sendintr()
    assert "Traceback" not in ended(child)
    assert child.exitstatus == 0


def test_what_asks_a_site_that_is_up(site: Site) -> None:
    with served(site) as (_, url):
        for words in (["warm_cache", "--url", url, "--newest", "1"], ["cache_status"]):
            process, child = start(site, *words), show(site, *words)
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            assert "\x1b" not in out + err
            assert "Traceback" not in ended(child)
            assert child.exitstatus == 0, words


@pytest.mark.soak
def test_bench_measures(site: Site) -> None:
    process, child = start(site, *SMALL_LOAD, "--json"), show(site, *SMALL_LOAD)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out)["sections"][0]["rows"]
    assert "without a pool" in ended(child)
    assert child.exitstatus == 0
