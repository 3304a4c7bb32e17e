"""The pool over real HTTP: used up, and forked with an open connection."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import MySQLdb
import pytest

from deploy.private_servers import Services, short_folder
from tests.faults.pool_site import PoolSite
from tests.site import Visitor

pytestmark = pytest.mark.http


def served(server: str, servers: Services) -> Iterator[PoolSite]:
    pool = {"DB_POOL_MAX_CONNECTIONS": "2", "DB_POOL_TIMEOUT": "1", "PAGE_CACHE": "off"}
    with short_folder() as folder:
        site = PoolSite(folder, {"DATABASE_URL": servers.new_database()} | pool)
        with site.served(server):
            yield site


@pytest.fixture(params=["granian", pytest.param("gunicorn", marks=pytest.mark.soak)])
def site(request, servers, static_files) -> Iterator[PoolSite]:
    yield from served(request.param, servers)


@pytest.fixture
def preloaded(servers, static_files) -> Iterator[PoolSite]:
    yield from served("preload", servers)


@pytest.fixture
def all_in_use(site, servers) -> Iterator[Visitor]:
    """A visitor of a site whose two connections wait for a lock until the test's end."""
    lock = MySQLdb.connect(unix_socket=str(servers.mariadb_socket), user="root")
    with lock, ThreadPoolExecutor() as executor, site.visitor() as visitor:
        lock.query("DO GET_LOCK('hold', 0)")
        held = [executor.submit(get, site, "/hold/") for _ in range(2)]
        deadline = time.monotonic() + 30
        while waiting(lock) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        yield visitor
        lock.query("DO RELEASE_LOCK('hold')")
        assert [answer.result() for answer in held] == ["1", "1"]


def waiting(connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock'"
        )
        return cursor.fetchone()[0]


def get(site: PoolSite, path: str) -> str:
    with site.visitor() as visitor:
        return visitor.get(path, timeout=60).text


def test_exhaustion_is_a_503_that_says_when_to_come_again(all_in_use):
    for path in ("/article", "/", "/asked-by-middleware/"):
        page = all_in_use.get(path)
        assert (page.status_code, int(page.headers["Retry-After"]) > 0) == (503, True), path
        assert page.headers["Content-Type"].startswith("text/html")
    problem = all_in_use.get("/article", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.json()["status"]) == (503, 503)
    assert all_in_use.get("/about/").status_code == 200  # it needs no connection


def test_workers_forked_from_an_open_connection_never_mix_up_rows(preloaded):
    def ask(number: int) -> tuple[str, int]:
        process, answer = get(preloaded, f"/echo/{number}/").split()
        return process, int(answer)

    with ThreadPoolExecutor(16) as executor:
        answers = list(executor.map(ask, range(400)))
    assert [answer for _, answer in answers] == list(range(400))
    assert len({process for process, _ in answers}) == 2
