"""A worker sends a frozen server each question once at a time, and only the server answers it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.private_servers import short_folder
from tests.faults.cache_site import ARTICLES, CacheRedis
from tests.faults.pool_site import PoolSite, Server, faulty_site, until
from tests.faults.steady_visits import get, steady_visits

pytestmark = [pytest.mark.http, pytest.mark.soak]
FROZEN = 15  # seconds
RATE = 10  # requests of /readyz a second
LIMIT = 1.0  # seconds that /livez may take
FOR_BOTH = 1.8  # seconds of one /readyz with both frozen; one after the other takes 2


@pytest.fixture(params=["granian", "gunicorn"])
def served(request, static_files) -> Iterator[tuple[PoolSite, Server, CacheRedis]]:
    with short_folder() as folder:
        redis = CacheRedis(folder)
        with redis.processes:
            redis.start()
            variables = {"PAGE_CACHE": "on", "CACHE_URL": redis.url}
            with faulty_site(request.param, **variables) as (site, server):
                yield site, server, redis


def status_of(place: Path, path: str):
    return lambda number: get(place, path.format(number))[0]


def test_page_without_a_query_does_not_end_the_outage_of_a_frozen_database(served):
    site, server, _ = served
    site.shell(ARTICLES)
    for path in ("/", "/about/"):
        get(site.socket, path)
    with server.frozen():
        assert until(lambda: is_known(site))
        about = (1, status_of(site.socket, "/about/?q={}"))
        with steady_visits({"about": about, "front": (1, status_of(site.socket, "/"))}) as seen:
            time.sleep(FROZEN)
    print(f"\n{seen['about']} | front: {seen['front']}")
    assert until(lambda: get(site.socket, "/article")[0] == 200)
    assert until(lambda: get(site.socket, "/") and "answers again" in site.log())
    told = [line for line in site.log().splitlines() if "The database " in line]
    assert [line.count("cannot be asked") for line in told] == [1, 0]
    assert seen["front"].codes.keys() == {200}
    assert seen["front"].longest < LIMIT


def is_known(site: PoolSite) -> bool:
    get(site.socket, "/article")
    return "The database cannot be asked" in site.log()


def test_frozen_redis_leaves_livez_its_thread(served):
    site, server, redis = served
    get(site.socket, "/readyz")
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        readyz = (RATE, status_of(site.socket, "/readyz"))
        livez = (RATE, status_of(site.socket, "/livez"))
        with steady_visits({"readyz": readyz, "livez": livez}) as seen:
            time.sleep(5)
        with server.frozen():
            begun = time.monotonic()
            assert get(site.socket, "/readyz")[0] == 503
            both = time.monotonic() - begun
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)
    print(f"\nreadyz {seen['readyz']} | livez {seen['livez']} | both frozen: {both:.2f} s")
    assert seen["livez"].codes.keys() == {200}
    assert seen["livez"].longest < LIMIT
    assert both < FOR_BOTH
