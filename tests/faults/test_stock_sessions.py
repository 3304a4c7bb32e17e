"""The same faults on Django's own stores, over real HTTP: what the site's own are for."""

import itertools
import signal
from collections.abc import Iterator

import pytest

from tests.faults.pool_site import until
from tests.faults.sessions_site import (
    FaultySite,
    outlives_its_end,
    owner,
    served,
    together,
    visit,
)
from tests.site import Visitor

pytestmark = [pytest.mark.http, pytest.mark.soak]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.stock_settings"}


@pytest.fixture(scope="module", params=["cache", "cached_db"])
def site(request, static_files: None) -> Iterator[FaultySite]:
    with served("redis", "gunicorn", STOCK=request.param, **SETTINGS) as site:
        yield site


@pytest.fixture
def alice(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        visitor.get("/session/enter/")
        yield visitor


def test_a_session_comes_back_after_its_end(site):
    """At every fourth logout or so, and not at all on the site's own stores."""
    tries = itertools.islice(itertools.count(), 200)
    assert any(outlives_its_end(site) for _ in tries)


def test_parallel_writes_are_lost(site, alice):
    keys = {f"key{number}" for number in range(24)}
    together(site, alice, [visit(f"/session/write/{key}/") for key in keys])
    assert not keys <= alice.get("/session/").json().keys()


def test_an_outage_signs_out_for_good_or_pretends_to(site, alice):
    if site.environment["STOCK"] == "cached_db":
        pytest.skip("reads the database then; its writes fail")
    kept = alice.cookies["sessionid"]
    site.redis.send_signal(signal.SIGSTOP)
    try:
        assert alice.get("/session/leave/").status_code == 200
    finally:
        site.redis.send_signal(signal.SIGCONT)
    assert "sessionid" not in alice.cookies
    # Who leaves is told so, and is still signed in once Redis is asked again.
    assert until(lambda: owner(site, kept) == "alice")
