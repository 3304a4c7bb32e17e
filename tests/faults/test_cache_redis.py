"""The Redis of the caches away, hung, emptied, or back with an old dump: slower, never stale."""

import itertools
import signal
import time
from collections.abc import Iterator

import pytest

from deploy.private_servers import Services
from tests.faults.cache_looks import crowd, stale
from tests.faults.cache_site import WAYS, WORKERS, Answer, Host, Stage, stage
from tests.http.conftest import redis_numbers

pytestmark = [pytest.mark.http, pytest.mark.soak]
numbers = itertools.count(1)
TIMEOUT = 1  # of a socket to Redis, in core/settings.py


@pytest.fixture(scope="module")
def scene(servers: Services, static_files: None) -> Iterator[Stage]:
    with stage(servers, next(redis_numbers)) as scene, scene.host.serve("granian", "gunicorn"):
        yield scene


def timed(host: Host, server: str, path: str) -> tuple[float, Answer]:
    start = time.monotonic()
    answer = host.ask(server, path)
    return time.monotonic() - start, answer


def judge_outage(scene: Stage) -> None:
    """Each way of writing works, is shown at once, and waits for Redis at most once."""
    waits: list[float] = []
    for way in WAYS:
        seconds, answer = timed(scene.host, "granian", f"/cache/write/{way}/?title={title()}")
        assert answer.status == 200
        waits.append(seconds)
        assert stale(scene.host, scene.database) == []
    # The write that opens the breaker of a worker waits for one message, and its page for a read.
    assert sum(wait >= TIMEOUT for wait in waits) <= WORKERS
    assert max(waits) < 4 * TIMEOUT


def title() -> str:
    return f"Outage-{next(numbers)}"


def fill(scene: Stage) -> None:
    """With a result of a cached function; pages and rows are in the workers' own memory."""
    assert scene.host.ask("granian", "/sitemap.xml").status == 200
    assert scene.redis.client.dbsize() > 0


def judge_recovery(scene: Stage) -> None:
    for way in WAYS:
        scene.host.write("gunicorn", way, title())
        assert stale(scene.host, scene.database) == []


def test_nothing_is_stale_while_redis_is_away(scene):
    scene.redis.stop()
    with crowd(scene.host) as wrong:
        judge_outage(scene)
        scene.redis.start()
        judge_recovery(scene)
    assert wrong == []


def test_nothing_is_stale_while_redis_is_frozen(scene):
    with crowd(scene.host) as wrong:
        scene.redis.process.send_signal(signal.SIGSTOP)
        try:
            judge_outage(scene)
        finally:
            scene.redis.process.send_signal(signal.SIGCONT)
        judge_recovery(scene)
    assert wrong == []


def test_no_reader_waits_for_a_redis_known_to_be_frozen(scene):
    scene.redis.process.send_signal(signal.SIGSTOP)
    try:
        for server in scene.host.servers:
            scene.host.each_worker(server, "/cache/look/")
        over, waits = time.monotonic() + 5, []
        while time.monotonic() < over:
            for server in scene.host.servers:
                waits.append(timed(scene.host, server, "/cache/look/")[0])
        assert max(waits) < TIMEOUT
    finally:
        scene.redis.process.send_signal(signal.SIGCONT)
    judge_recovery(scene)


def test_nothing_is_stale_when_redis_is_emptied(scene):
    with crowd(scene.host) as wrong:
        for way in WAYS:
            scene.host.write("granian", way, title())
            scene.redis.client.flushall()
            assert stale(scene.host, scene.database) == []
    assert wrong == []


def test_nothing_is_stale_after_an_old_dump(scene):
    host, redis = scene.host, scene.redis
    host.write("granian", "update", title())
    assert stale(host, scene.database) == []  # and now it is kept
    fill(scene)
    redis.client.save()
    for each in host.servers:
        host.write(each, "update", title())
    with crowd(host) as wrong:
        redis.kill()
        host.write("gunicorn", "raw", title())
        redis.start()
        assert redis.client.dbsize() > 0
        assert stale(host, scene.database) == []
        judge_recovery(scene)
    assert wrong == []


def test_no_key_is_without_an_expiry(scene):
    judge_recovery(scene)
    fill(scene)
    client = scene.redis.client
    assert [key for key in client.scan_iter() if client.pttl(key) == -1] == []


@pytest.mark.parametrize("bomb", [b"cposix\nsystem\n(S'touch {}'\ntR.", b"", b"\xff" * 20])
def test_foreign_bytes_in_every_key_run_no_code(scene, tmp_path, bomb):
    """Pickle would run the first one."""
    client, boom = scene.redis.client, tmp_path / "boom"
    judge_recovery(scene)
    fill(scene)
    for key in [*client.scan_iter()]:
        client.set(key, bomb.replace(b"{}", bytes(boom)), keepttl=True)
    assert stale(scene.host, scene.database) == []
    judge_recovery(scene)
    assert not boom.exists()
