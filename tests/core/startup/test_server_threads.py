"""How a worker learns its number of threads."""

import math
import sys
from collections.abc import Iterator

import pytest

from core.startup import server_threads
from core.startup.server_threads import count_threads, threads_of_granian
from core.workers.worker_threads import Worker

granian = pytest.importorskip("granian")
sys.modules.pop("granian.wsgi", None)  # by which core.http.proxies knows a worker of granian
COMMAND = ["core.wsgi:application", "--interface", "wsgi", "--no-ws", "--uds", "/run/site.sock"]


@pytest.fixture(autouse=True)
def this_process_is_no_worker_of_granian() -> Iterator[None]:
    yield
    sys.modules.pop("granian.wsgi", None)


@pytest.fixture
def worker(monkeypatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr(server_threads, "worker", worker)
    return worker


@pytest.mark.parametrize("option", [["--blocking-threads", "5"], ["--blocking-threads=5"]])
def test_number_stands_on_the_command_line_of_granian(option):
    assert threads_of_granian(COMMAND + option) == 5


def test_number_stands_in_the_variable_of_granian(monkeypatch):
    monkeypatch.setenv("GRANIAN_BLOCKING_THREADS", "7")
    assert threads_of_granian(COMMAND) == 7
    assert threads_of_granian([*COMMAND, "--blocking-threads=5"]) == 5


@pytest.mark.parametrize(
    "options", [{}, {"workers": 3}, {"backlog": 200, "workers": 2}, {"backpressure": 9}]
)
def test_default_is_what_granian_itself_takes(options):
    words = [f"--{name}={value}" for name, value in options.items()]
    server = granian.Granian("core.wsgi:application", interface="wsgi", **options)
    assert threads_of_granian(COMMAND + words) == server.blocking_threads


def test_other_servers_tell_it_or_there_is_no_limit(worker, monkeypatch):
    monkeypatch.setattr(server_threads, "serves_granian", lambda: False)
    count_threads()
    assert worker.threads == math.inf
    count_threads(8)
    assert worker.threads == 8


@pytest.mark.parametrize(("threads", "warned"), [(6, True), (7, False)])
def test_worker_whose_pool_can_occupy_it_says_so(
    worker, settings, monkeypatch, caplog, threads, warned
):
    pooled = {"ENGINE": "core.mysql_pool", "POOL_OPTIONS": {"MAX_CONNECTIONS": 6}}
    monkeypatch.setitem(settings.DATABASES, "default", pooled)
    count_threads(threads)
    assert ("6 threads and a pool of 6 connections" in caplog.text) == warned


def test_site_on_sqlite_has_no_pool_to_warn_of(worker, settings, monkeypatch, caplog):
    embedded = {"ENGINE": "django.db.backends.sqlite3"}
    monkeypatch.setitem(settings.DATABASES, "default", embedded)
    count_threads(2)
    assert not caplog.records
