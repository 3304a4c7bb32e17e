"""The site under load while its Redis is full, refuses, hangs or is away: who is answered what."""

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.private_servers import Services, short_folder
from tests.faults.cache_site import METRICS_KEY, CacheRedis
from tests.faults.pool_site import until
from tests.faults.steady_visits import get, steady_visits
from tests.redis_states import STATES, in_state
from tests.site import Site

pytestmark = [pytest.mark.http, pytest.mark.soak]
WRITES_ONLY = {"full", "readonly", "disk", "replicas"}
LASTS = 5  # seconds
LIMIT = 2.0  # seconds: of a socket to Redis it is 1
SIGN_INS = 2  # of Bob in each state: fifty from one address in five minutes are too many


class Stand:
    """The site, its Redis, and the cookie of Bob, who is signed in."""

    def __init__(self, site: Site, redis: CacheRedis) -> None:
        self.site, self.redis = site, redis
        with site.visitor() as bob:
            assert bob.sign_in("bob_reads").status_code == 302
            self.cookie = "; ".join(f"{name}={value}" for name, value in bob.cookies.items())

    def sign_in(self, number: int = 0) -> int:
        with self.site.visitor() as bob:
            bob.timeout = 60
            return bob.sign_in("bob_reads").status_code

    def read(self, number: int = 0) -> int:
        return get(self.site.socket, "/", Cookie=self.cookie)[0]

    def visit(self, number: int = 0) -> int:
        return get(self.site.socket, ("/", "/article", "/login")[number % 3])[0]

    def readyz(self) -> dict[str, str]:
        return json.loads(get(self.site.socket, "/readyz")[2])

    def faults(self, classes: set[str]) -> float:
        """How many commands to Redis have failed, of these classes."""
        text = get(self.site.socket, "/metrics", Authorization=f"Bearer {METRICS_KEY}")[2].decode()
        found = re.findall(r'inkpool_redis_errors_total\{class="(\w+)",.*\} (.+)', text)
        return sum(float(number) for name, number in found if name in classes)


@pytest.fixture(scope="module", params=["granian", "gunicorn"])
def stand(request, servers: Services, static_files) -> Iterator[Stand]:
    with short_folder() as folder:
        redis = CacheRedis(folder)
        with redis.processes:
            redis.start()
            environment = {
                "DATABASE_URL": servers.new_database(),
                "REDIS_URL": redis.url,
                "METRICS_KEY": METRICS_KEY,
                "PAGE_CACHE": "on",
            }
            with Site(folder, environment).served(request.param) as site:
                yield Stand(site, redis)


@contextmanager
def hung(redis: CacheRedis) -> Iterator[None]:
    redis.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        redis.process.send_signal(signal.SIGCONT)


@contextmanager
def stopped(redis: CacheRedis) -> Iterator[None]:
    redis.client.save()
    redis.kill()
    try:
        yield
    finally:
        redis.start()


def state(stand: Stand, name: str):
    ways = {"timeout": hung, "unreachable": stopped}
    return ways[name](stand.redis) if name in ways else in_state(stand.redis.client, name)


@pytest.mark.parametrize("name", [*STATES, "timeout", "unreachable"])
def test_redis_fault_under_load(stand: Stand, name: str) -> None:
    kinds = {
        "anonymous": (20, stand.visit),
        "signed in": (10, stand.read),
        "sign-in": (SIGN_INS / LASTS, stand.sign_in),
    }
    # Redis closes a connection too many, after it has said so or before.
    classes = {name, "unreachable"} if name == "clients" else {name}
    before = stand.faults(classes)
    with state(stand, name):
        with steady_visits(kinds) as seen:
            time.sleep(LASTS)
        assert stand.readyz()["redis"] in classes
    over = time.monotonic()
    assert until(lambda: stand.read() == 200)
    read_again = time.monotonic() - over
    assert until(lambda: stand.sign_in() == 302)
    signs_in_again = time.monotonic() - over
    print(f"\n{name}", *(f"{kind}: {each}" for kind, each in seen.items()), sep="\n  ")
    print(f"  reads again after {read_again:.2f} s, signs in after {signs_in_again:.2f} s")
    assert stand.readyz()["status"] == "ready"
    assert stand.faults(classes) > before
    assert seen["anonymous"].codes.keys() == {200}
    assert seen["signed in"].codes.keys() <= ({200} if name in WRITES_ONLY else {200, 503})
    assert 503 in seen["sign-in"].codes and seen["sign-in"].codes.keys() <= {302, 503}
    assert seen["anonymous"].longest < LIMIT
    assert max(seen["signed in"].longest, seen["sign-in"].longest) < 3 * LIMIT
