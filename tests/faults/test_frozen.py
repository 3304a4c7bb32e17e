"""Probes, metrics and pages in memory while the database is frozen (SIGSTOP) under load."""

import json
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.faults.pool_site import PoolSite, Server, faulty_site, until
from tests.site import HOST

pytestmark = [pytest.mark.http, pytest.mark.soak]
RATE, PROBES = 20, 4  # requests of visitors, and of each probe, per second
FROZEN = 20  # seconds
LIMIT = 1.0  # seconds that an answer may take which needs no database
WORKERS = 2
KEY = "the-key-of-metrics"
QUICK = ("/livez", "/metrics", "/about/")


def ready_workers(site: PoolSite) -> int:
    """gunicorn takes requests before its workers have begun."""
    get(site.socket, "/readyz")
    return len(json.loads(site.manage("pool_status", "--json").stdout)["processes"])


class Visits:
    """Requests at fixed moments, however long the answers take: each has a thread of its own."""

    def __init__(self, site: PoolSite) -> None:
        self.site, self.over = site, threading.Event()
        self.codes: dict[str, Counter[int]] = defaultdict(Counter)
        self.longest: dict[str, float] = defaultdict(float)

    def ask(self, path: str, kind: str) -> None:
        begun = time.monotonic()
        status = get(self.site.socket, path)
        self.codes[kind][status] += 1
        self.longest[kind] = max(self.longest[kind], time.monotonic() - begun)

    def repeat(self, rate: int, path: Callable[[int], str], kind: str) -> None:
        begun, number = time.monotonic(), 0
        with ThreadPoolExecutor(400) as executor:
            while not self.over.wait(max(0, begun + number / rate - time.monotonic())):
                executor.submit(self.ask, path(number), kind)
                number += 1

    def table(self, server: str) -> str:
        rows = [
            f"{server:9} {kind:9} {dict(codes)} longest {self.longest[kind]:.2f} s"
            for kind, codes in self.codes.items()
        ]
        return "\n".join(rows)


def get(place: Path, path: str) -> int:
    """The status; a browser of httpx costs more than the page, and there are a thousand."""
    connection = HTTPConnection(HOST)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(place))
    headers = {"Accept": "text/html", "Authorization": f"Bearer {KEY}", "Connection": "close"}
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def page(number: int) -> str:
    """Pages that ask the database: each time, or one that all visitors want and no worker has."""
    pages = ("/article", f"/named/user/{number}/", f"/wanted/{number // 40}/")
    return pages[number % len(pages)]


@pytest.fixture(params=["granian, two workers", "gunicorn, two workers"])
def frozen_site(request, static_files) -> Iterator[tuple[str, PoolSite, Server]]:
    variables = {"PAGE_CACHE": "on", "METRICS_KEY": KEY}
    with faulty_site(request.param, **variables) as (site, server):
        yield request.param.partition(",")[0], site, server


def test_probes_metrics_and_pages_in_memory_answer_while_the_database_is_frozen(frozen_site):
    name, site, server = frozen_site
    assert until(lambda: ready_workers(site) == WORKERS)
    visits = Visits(site)
    probes = [(PROBES, lambda _, path=path: path, path) for path in (*QUICK, "/readyz")]
    with ThreadPoolExecutor() as executor:
        for load in [*probes, (RATE, page, "pages")]:
            executor.submit(visits.repeat, *load)
        try:
            time.sleep(2)  # of undisturbed load
            calm = visits.table(name)
            visits.codes.clear()
            visits.longest.clear()
            with server.frozen():
                time.sleep(FROZEN)
                under_load = visits.table(name)
            thawed = time.monotonic()
            assert until(lambda: get(site.socket, "/article") == 200), get(site.socket, "/article")
            recovery = time.monotonic() - thawed
        finally:
            visits.over.set()
    print(f"\ncalm\n{calm}\nfrozen for {FROZEN} s\n{under_load}\nrecovery {recovery:.2f} s")
    print(f"all answers\n{visits.table(name)}")
    for path in QUICK:
        assert visits.codes[path].keys() == {200}
        assert visits.longest[path] < LIMIT
    assert visits.codes["pages"].keys() <= {200, 503}


def test_burst_on_a_database_that_answers_is_served_whole(frozen_site):
    """300 requests on 24 connections: more than all threads and connections of the site."""
    _, site, _ = frozen_site
    assert until(lambda: ready_workers(site) == WORKERS)
    with ThreadPoolExecutor(24) as visitors:
        codes = Counter(visitors.map(lambda number: get(site.socket, page(number)), range(300)))
    assert codes == {200: 300}
