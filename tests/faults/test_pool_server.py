"""The site while its MariaDB is full, killed, frozen or away; and the stock package beside it."""

import time
from collections.abc import Iterator

import httpx
import pytest
from MySQLdb import OperationalError

from tests.faults.pool_site import SITE_USER, PoolSite, Server, faulty_site, until

pytestmark = [pytest.mark.http, pytest.mark.soak]
POOL = {"DB_POOL_MAX_CONNECTIONS": "2", "DB_POOL_TIMEOUT": "2"}


@pytest.fixture(scope="module")
def running(static_files) -> Iterator[tuple[PoolSite, Server]]:
    with faulty_site("granian", **POOL) as both:
        yield both


@pytest.fixture
def site(running) -> PoolSite:
    return running[0]


@pytest.fixture
def server(running) -> Server:
    return running[1]


@pytest.fixture
def visitor(site):
    with site.visitor() as visitor:
        assert visitor.get("/article").status_code == 200  # the pool has a connection
        visitor.timeout = 60
        yield visitor
        assert until(lambda: visitor.get("/article").status_code == 200)  # all is well again


def is_unavailable(visitor) -> bool:
    """A page for people, a problem for programs, and both say when to come again."""
    page = visitor.get("/article")
    problem = visitor.get("/article", headers={"Accept": "application/json"})
    assert {page.status_code, problem.status_code} == {503}
    assert min(int(each.headers["Retry-After"]) for each in (page, problem)) > 0
    assert page.headers["Content-Type"].startswith("text/html")
    assert problem.headers["Content-Type"] == "application/problem+json"
    return visitor.get("/about/").status_code == 200


def test_a_full_server_is_a_503(visitor, server):
    """Error 1040: others have taken all of max_connections, and the site's ones are gone."""
    others = []
    server.ask("SET GLOBAL max_connections = 10")
    server.kill_connections()
    try:
        with pytest.raises(OperationalError, match="1040"):
            while True:
                others.append(server.connect(SITE_USER))
        assert is_unavailable(visitor)
    finally:
        for other in others:
            other.close()
        server.ask("SET GLOBAL max_connections = 151")


def test_idle_connections_that_were_killed_are_never_noticed(visitor, server):
    """So many rounds, because the housekeeper's look at the pool has to fall between two kills."""
    for _ in range(200):
        time.sleep(0.6)  # the idle time after which a connection is asked, by the real clock
        server.kill_connections()
        assert [visitor.get("/article").status_code for _ in range(4)] == [200] * 4


def test_a_server_that_is_away_is_a_503_at_once(visitor, server):
    server.kill()
    try:
        begun = time.monotonic()
        assert is_unavailable(visitor)
        assert time.monotonic() - begun < 2
    finally:
        server.start()
    assert until(lambda: visitor.get("/article").status_code == 200, 2)


def test_a_frozen_server_is_a_503_within_the_pools_time(visitor, server):
    assert until(lambda: len(server.connections()) == 2)  # the housekeeper may open the second one
    time.sleep(0.6)  # now neither is fresh
    with server.frozen():
        begun = time.monotonic()
        assert visitor.get("/article").status_code == 503
        assert time.monotonic() - begun < 8  # a ping of 1 s, then connect_timeout
        assert visitor.get("/about/").status_code == 200


def test_with_the_stock_package_a_frozen_server_hangs_and_exhaustion_is_a_500(static_files):
    """The same site on django-db-connection-pool as shipped."""
    with faulty_site("granian", STOCK_POOL="1") as (site, server), site.visitor() as visitor:
        visitor.event_hooks = {}
        assert visitor.get("/article").status_code == 200
        with server.frozen(), pytest.raises(httpx.ReadTimeout):
            visitor.get("/article", timeout=10)
        lock = server.connect()
        lock.query("DO GET_LOCK('hold', 0)")
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                visitor.get("/hold/", timeout=1)
        answer = visitor.get("/article", timeout=30)
        lock.close()
        assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
        assert "QueuePool limit" in site.log()
