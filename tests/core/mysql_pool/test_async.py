"""Under ASGI: sync and async views share one capped pool, and no row crosses."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import MySQLdb
import pytest

from deploy.private_servers import Services, short_folder
from deploy.processes import running, wait_until
from tests.site import Site

pytestmark = pytest.mark.http
CAP = 2
SESSIONS = """CREATE TABLE django_session (
    session_key VARCHAR(40) PRIMARY KEY, session_data LONGTEXT, expire_date DATETIME(6))"""
COMMAND = ["granian", "tests.core.mysql_pool.asgi_app:application", "--interface=asgi"]
COMMAND += ["--workers=1", "--no-ws", "--uds"]


@pytest.fixture(scope="module", params=["request", "transaction"])
def site(request, servers: Services, static_files: None) -> Iterator[Site]:
    with short_folder() as folder:
        site = Site(folder, {"DATABASE_URL": servers.new_database(), "DB_POOL_TIMEOUT": "30"})
        site.environment |= {"DB_POOL_MAX_CONNECTIONS": str(CAP), "PAGE_CACHE": "off"}
        site.environment |= {"DB_POOL_RELEASE": request.param}
        log, command = folder / "server.log", [sys.executable, "-m", *COMMAND, str(site.socket)]
        with running(command, log, site.environment) as process:
            wait_until(site._connect, OSError, process, log)
            yield site


@pytest.fixture
def database(site: Site, servers: Services) -> Iterator[str]:
    name = site.environment["DATABASE_URL"].partition("?")[0].rpartition("/")[2]
    connection = MySQLdb.connect(unix_socket=str(servers.mariadb_socket), user="root", db=name)
    with connection, connection.cursor() as cursor:
        cursor.execute(SESSIONS)
        yield name
        cursor.execute("DROP TABLE django_session")


def get(site: Site, path: str) -> httpx.Response:
    with site.visitor() as visitor:
        return visitor.get(path, timeout=60)


def test_sync_and_async_views_get_their_own_rows_within_the_cap(site, database):
    paths = [f"/{kind}/{number}/" for number in range(1, 31) for kind in ("sync", "async")]
    with ThreadPoolExecutor(16) as executor, site.visitor() as visitor:
        answers = [answer.text for answer in executor.map(visitor.get, paths)]
    numbers = [int(path.split("/")[2]) for path in paths]
    assert answers == [f"{number} 0 {-number}" for number in numbers]
    deadline = time.monotonic() + 30
    while "0 of 2 in use" not in (status := get(site, "/status/").text):
        assert time.monotonic() < deadline, status
    assert f"0 of {CAP} in use, {CAP} idle, 0 waiting" in status


def test_query_in_the_event_loop_is_refused(site, database, monkeypatch):
    monkeypatch.setattr(site, "show_log", lambda answer: None)
    assert get(site, "/unsafe/").status_code == 500
    assert "SynchronousOnlyOperation" in (site.folder / "server.log").read_text()
    assert "0 of 2 in use" in get(site, "/status/").text
