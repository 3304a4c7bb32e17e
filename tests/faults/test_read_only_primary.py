"""A primary that becomes read-only, while the site's address is turned to the new primary."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.core.http.test_returned_forms import values
from tests.faults.pool_site import until
from tests.faults.primary_site import TwoServers, site_with_two_servers
from tests.page import Page
from tests.site import HOST

pytestmark = pytest.mark.http
POOL = {"DB_POOL_MAX_CONNECTIONS": "4", "DB_POOL_TIMEOUT": "2"}


@pytest.fixture(scope="module")
def running(static_files) -> Iterator[TwoServers]:
    with site_with_two_servers("granian", **POOL) as servers:
        yield servers


@pytest.fixture
def servers(running) -> Iterator[TwoServers]:
    """The address leads to the first one, which takes writes, as does the pool."""
    running.former.ask("SET GLOBAL read_only = 0")
    running.switch.target = running.former.socket
    for server in (running.former, running.new):
        server.kill_connections()
    with running.site.visitor() as visitor:
        assert until(lambda: write(visitor) == 200)
    yield running


@pytest.fixture
def charlie(servers) -> Iterator[httpx.Client]:
    with servers.site.visitor() as visitor:
        visitor.event_hooks, visitor.timeout = {}, 30
        yield visitor


def write(visitor: httpx.Client) -> int:
    return visitor.get("/write/").status_code


def test_writes_go_on_as_soon_as_new_connections_reach_a_writable_server(servers, charlie):
    fill_the_pool(servers)
    assert write(charlie) == 200
    before = log_lines(servers, "Service Unavailable")
    servers.former.ask("SET GLOBAL read_only = 1")
    refused = charlie.get("/write/")
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (503, True)
    assert charlie.get("/article").status_code == 200
    ready = charlie.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["database"] == "read-only"
    assert ready.json()["reason"] == "database: read-only"
    assert log_lines(servers, "Service Unavailable") - before == 1
    servers.turn()
    assert until(lambda: write(charlie) == 200, 3)
    assert [write(charlie) for _ in range(20)] == [200] * 20
    assert until(lambda: servers.former.connections() == [], 3)
    assert charlie.get("/readyz").json()["status"] == "ready"


@pytest.mark.soak
def test_idle_connections_to_the_former_primary_cost_one_refused_write(servers, charlie):
    """No write occurs between the two: the pool learns of it by the first write."""
    fill_the_pool(servers)
    servers.former.ask("SET GLOBAL read_only = 1")
    servers.turn()
    assert [write(charlie) for _ in range(30)] == [503, *[200] * 29]
    assert until(lambda: servers.former.connections() == [], 3)


def test_signed_in_visitors_go_on_reading_and_a_saved_text_comes_back(servers):
    with servers.site.visitor() as alice:
        alice.event_hooks, alice.timeout = {}, 30
        assert alice.sign_in("alice_writes").status_code == 302
        sent = values(alice.page("/articles/new/"), "title") | {"title": "T", "body": "Kept."}
        servers.former.ask("SET GLOBAL read_only = 1")
        assert [alice.get(path).status_code for path in ("/", "/articles/new/")] == [200] * 2
        answer = alice.post("/articles/new/", data=sent | {"publish": ""})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    page = Page(answer.text)
    assert values(page, "title")["body"] == "Kept."
    assert "everything can still be read" in page.text


def fill_the_pool(servers: TwoServers) -> None:
    """All connections that the cap allows are open, and lead to the first server."""

    def ask(number: int) -> int:
        with servers.site.visitor() as visitor:
            return visitor.get("/slow/", timeout=30).status_code

    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(ask, range(4))) == [200] * 4
    assert len(servers.former.connections()) == 4


def log_lines(servers: TwoServers, words: str) -> int:
    return sum(words in line for line in servers.site.log().splitlines())


class Load:
    """Clients that write and read all the time; the codes, by phase, and the longest answer."""

    def __init__(self, servers: TwoServers) -> None:
        self.servers, self.over, self.phase = servers, threading.Event(), "before"
        self.codes: dict[str, Counter[tuple[str, int]]] = {}
        self.longest = 0.0
        self.last_refused = 0.0

    def client(self, number: int) -> None:
        transport = httpx.HTTPTransport(uds=str(self.servers.site.socket))
        with httpx.Client(transport=transport, base_url=f"http://{HOST}", timeout=60) as browser:
            while not self.over.is_set():
                kind = "/write/" if number % 2 else "/article"
                phase, begun = self.phase, time.monotonic()
                status = browser.get(kind).status_code
                self.note(phase, kind, status, begun)

    def note(self, phase: str, kind: str, status: int, begun: float) -> None:
        self.codes.setdefault(phase, Counter())[kind, status] += 1
        now = time.monotonic()
        self.longest = max(self.longest, now - begun)
        if status != 200:
            self.last_refused = max(self.last_refused, now)


@pytest.mark.soak
def test_under_load_no_read_fails_and_writes_recover_within_two_seconds(static_files):
    with site_with_two_servers("two workers", **POOL) as servers:
        load = Load(servers)
        clients = [threading.Thread(target=load.client, args=[number]) for number in range(12)]
        for each in clients:
            each.start()
        try:
            time.sleep(3)
            load.phase = "read-only"
            servers.former.ask("SET GLOBAL read_only = 1")
            time.sleep(5)
            load.phase = "turned"
            servers.turn()
            turned = time.monotonic()
            time.sleep(5)
        finally:
            load.over.set()
            for each in clients:
                each.join()
        recovery = load.last_refused - turned
        print(load.codes, f"longest {load.longest:.2f} s, recovery {recovery:.2f} s")
        assert {status for counts in load.codes.values() for _, status in counts} == {200, 503}
        assert not any(("/article", 503) in counts for counts in load.codes.values())
        assert recovery < 2
        assert until(lambda: servers.former.connections() == [], 3)
