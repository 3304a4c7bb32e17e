"""Two workers of the real site, seen from outside: any of them answers for both, for ever."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from deploy.private_servers import Services, short_folder
from deploy.processes import PATIENCE, ROOT
from tests.http.conftest import stack
from tests.site import Site

pytestmark = pytest.mark.http
KEY = "a-key-for-prometheus"


@pytest.fixture(
    scope="module", params=["granian", pytest.param("gunicorn", marks=pytest.mark.soak)]
)
def two_workers(
    request: pytest.FixtureRequest, servers: Services, static_files: None
) -> Iterator[Site]:
    with short_folder() as folder:
        environment = {**stack(servers), "METRICS_KEY": KEY, "PAGE_CACHE": "off"}
        with Site(folder, environment).served(request.param, "--workers=2") as site:
            eventually(lambda: answers(site))
            yield site


def answers(site: Site) -> bool:
    """gunicorn listens before its workers are there."""
    with site.visitor() as early, suppress(httpx.TransportError):
        return early.get("/livez").status_code == 200
    return False


def scrape(site: Site) -> dict[str, float]:
    with site.visitor() as prometheus:
        answer = prometheus.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200, answer.text
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in lines}


def status(site: Site) -> Any:
    done = site.manage("pool_status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < deadline, "it never came true"
    return result


def visit(site: Site, times: int) -> None:
    def once(_: int) -> int:
        with site.visitor() as charlie:
            return charlie.get("/article").status_code  # raw SQL, which no cache keeps

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(once, range(times))) == {200}


def test_each_worker_answers_for_both(two_workers: Site):
    before = scrape(two_workers).get('inkpool_pool_borrowed_total{database="default"}', 0)
    visit(two_workers, 20)
    enough = before + 20
    borrowed = 'inkpool_pool_borrowed_total{database="default"}'
    eventually(lambda: scrape(two_workers)[borrowed] >= enough)
    for _ in range(8):  # whichever is asked
        found = scrape(two_workers)
        assert found['inkpool_pool_processes{database="default"}'] == 2
        assert found['inkpool_pool_connections_max{database="default"}'] == 12
        assert found[borrowed] >= enough


def test_pool_status_shows_the_same_beside_the_servers_own(two_workers: Site):
    shown = eventually(lambda: len((shown := status(two_workers))["processes"]) == 2 and shown)
    (total,) = shown["sum"]
    assert total["cap"] == 12
    assert total["open"] == sum(each["open"] for each in shown["processes"])
    assert total["connects"] >= total["open"] > 0
    assert shown["server"]["Threads_connected"] >= total["open"]
    assert shown["server"]["max_connections"] > 0


def test_in_a_pipe_it_prints_lines(two_workers: Site):
    done = two_workers.manage("pool_status")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split("=")[0] for line in lines if line.startswith("process=")]
    assert re.search(r"^process=all database=default cap=12 open=\d+ idle=\d+", done.stdout, re.M)
    assert lines[-1].startswith("server ")
    assert "Threads_connected=" in lines[-1]
    assert "\x1b" not in done.stdout


def test_watched_in_a_pipe_it_prints_again_and_again(two_workers: Site):
    command = [sys.executable, "manage.py", "pool_status", "--json", "--watch", "0.01"]
    with subprocess.Popen(
        command, cwd=ROOT, env=two_workers.environment, stdout=subprocess.PIPE, text=True
    ) as watch:
        shown = [json.loads(watch.stdout.readline()) for _ in range(3)]
        watch.send_signal(signal.SIGINT)
    assert all(len(each["processes"]) == 2 for each in shown)
    assert watch.returncode == 0


def test_a_killed_worker_goes_but_what_it_counted_stays(two_workers: Site):
    visit(two_workers, 10)
    before = eventually(lambda: (s := status(two_workers))["sum"][0]["connects"] and s)
    victim = before["processes"][0]["process"]
    os.kill(victim, signal.SIGKILL)
    after = eventually(lambda: without(two_workers, victim))
    assert after["ended"][0]["connects"] >= before["processes"][0]["connects"]
    assert after["sum"][0]["connects"] >= before["sum"][0]["connects"]
    assert after["ended"][0]["open"] == 0


def without(site: Site, victim: int) -> Any:
    """Two workers again, and the killed one is not among them."""
    shown = status(site)
    pids = {each["process"] for each in shown["processes"]}
    return len(pids) == 2 and victim not in pids and shown


def test_probes_answer_whatever_the_host_is_called(two_workers: Site):
    with two_workers.visitor() as kubelet:
        for path, state in (("/livez", "alive"), ("/readyz", "ready")):
            answer = kubelet.get(path, headers={"Host": "10.0.0.7:8000"})
            assert (answer.status_code, answer.json()["status"]) == (200, state)


def test_metrics_require_their_key(two_workers: Site):
    with two_workers.visitor() as anonymous:
        assert anonymous.get("/metrics").status_code == 401
