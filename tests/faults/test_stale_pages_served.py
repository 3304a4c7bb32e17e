"""Anonymous visitors while the database is away or frozen for longer than a page lives."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.invalidation.expiry import AGE
from tests.faults.cache_site import ARTICLES
from tests.faults.pool_site import PoolSite, Server, faulty_site, until
from tests.faults.steady_visits import get, steady_visits
from tests.site import PEOPLE

pytestmark = [pytest.mark.http, pytest.mark.soak]
PATHS = ["/", "/article", "/articles", "/feeds/atom/", "/sitemap.xml", f"/authors/{PEOPLE[0]}/"]
RATE = 20  # requests a second
PAST = 15  # seconds of the outage after the pages' time is over
LIMIT = 1.0  # seconds that an answer may take once the outage is known


@pytest.fixture(params=["granian", "gunicorn"])
def served(request, static_files) -> Iterator[tuple[PoolSite, Server]]:
    with faulty_site(request.param, PAGE_CACHE="on") as both:
        yield both


@contextmanager
def away(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


@pytest.mark.parametrize("way", ["away", "frozen"])
def test_pages_in_memory_are_shown_for_longer_than_a_minute(served, way):
    site, server = served
    site.shell(ARTICLES)
    for path in PATHS:
        get(site.socket, path)
        assert "hit" in get(site.socket, path)[1]
    with away(server) if way == "away" else server.frozen():
        begun = time.monotonic()
        with steady_visits(
            {"anonymous": (RATE, lambda number: get(site.socket, PATHS[number % len(PATHS)])[0])}
        ) as seen:
            time.sleep(AGE + PAST)
        print(f"\n{way}: {seen['anonymous']}")
        with steady_visits(
            {"later": (RATE, lambda number: get(site.socket, PATHS[number % len(PATHS)])[0])}
        ) as later:
            time.sleep(5)
        print(f"{way}, later: {later['later']}")
        assert "detail=stale-if-error" in get(site.socket, "/")[1]
        assert time.monotonic() - begun > AGE
        assert get(site.socket, "/tags/")[0] == 503  # never in memory
    back = time.monotonic()
    assert until(lambda: "stale" not in get(site.socket, "/")[1])
    print(f"{way}: recovery {time.monotonic() - back:.2f} s")
    assert seen["anonymous"].codes.keys() == {200}
    assert later["later"].codes.keys() == {200}
    assert later["later"].longest < LIMIT
