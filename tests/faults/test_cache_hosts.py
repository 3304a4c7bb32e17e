"""A second host: another RUN_DIR on the same database and Redis. How late may it be?"""

import itertools
import json
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from core.invalidation.broadcast import PATIENCE, REST
from core.invalidation.checked_memory import AGE_WITHOUT_LINK
from core.invalidation.expiry import AGE
from deploy.private_servers import Services
from tests.faults.cache_looks import crowd, stale
from tests.faults.cache_site import Host, Stage, stage
from tests.http.conftest import redis_numbers

pytestmark = [pytest.mark.http, pytest.mark.soak]
numbers = itertools.count(1)
SLACK = 1.5  # seconds: this machine may be busy
CONNECTED = "03"  # in /proc/net/unix


@pytest.fixture(scope="module")
def scene(servers: Services, static_files: None) -> Iterator[Stage]:
    with (
        stage(servers, next(redis_numbers)) as scene,
        scene.host.serve("granian"),
        scene.other.serve("gunicorn"),
    ):
        yield scene


def title() -> str:
    return f"Elsewhere-{next(numbers)}"


def seconds_until(true: Callable[[], object], limit: float) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() < start + limit, f"not within {limit} s"
    return time.monotonic() - start


def shown(host: Host, server: str, wanted: str) -> bool:
    return f">{wanted}</a>" in host.ask(server, "/").text


def lateness(scene: Stage, limit: float, server: str = "gunicorn") -> float:
    """After a write on the one host: until each worker of the other shows it."""
    new = title()
    for answer in scene.other.each_worker(server, "/").values():
        assert answer.status == 200  # it is kept there now
    scene.host.write("granian", "update", new)
    start = time.monotonic()
    seconds_until(lambda: shown(scene.other, server, new), limit)
    took = time.monotonic() - start
    while wrong := stale(scene.other, scene.database):
        assert time.monotonic() < start + limit, wrong
        took = time.monotonic() - start
    return took


def test_write_shows_on_the_other_host_within_one_message(scene):
    with crowd(scene.other) as wrong:
        found = [lateness(scene, SLACK) for _ in range(50)]
    assert wrong == []
    print(
        f"push: median {statistics.median(found) * 1e3:.1f} ms, longest {max(found) * 1e3:.0f} ms"
    )
    assert statistics.median(found) < 0.1


def test_change_of_a_user_shows_as_fast(scene):
    cookie, found = scene.host.admit("bob_reads"), []
    for number in range(30):
        scene.host.ask("granian", f"/cache/rename/?name=Bob+{number}")
        start = time.monotonic()
        seconds_until(lambda number=number: named(scene, cookie) == {f"Bob {number}"}, SLACK)
        found.append(time.monotonic() - start)
    print(f"users: median {statistics.median(found) * 1e3:.1f} ms")


def named(scene: Stage, cookie: str) -> set[str]:
    answers = scene.other.each_worker("gunicorn", "/cache/me/", Cookie=cookie)
    return {json.loads(each.text)["name"] for each in answers.values()}


@contextmanager
def hung(scene: Stage) -> Iterator[None]:
    scene.redis.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        scene.redis.process.send_signal(signal.SIGCONT)


def test_other_host_is_seconds_late_while_redis_is_frozen(scene):
    """Two silences until that is noticed; then what is kept holds for AGE_WITHOUT_LINK."""
    bound = 2 * PATIENCE + AGE_WITHOUT_LINK
    with hung(scene):
        found = [lateness(scene, bound + SLACK) for _ in range(4)]
    print(f"hung: {[f'{each:.2f}' for each in found]} s")


def test_other_host_is_a_second_late_without_redis(scene):
    scene.redis.stop()
    try:
        found = [lateness(scene, AGE_WITHOUT_LINK + SLACK) for _ in range(4)]
    finally:
        scene.redis.start()
    print(f"away: {[f'{each:.2f}' for each in found]} s")


def test_messages_are_fast_again_after_an_outage(scene):
    with hung(scene):
        scene.host.write("granian", "update", title())
    seconds_until(lambda: not stale(scene.other, scene.database), 2 * PATIENCE + REST + SLACK)
    time.sleep(2 * PATIENCE + REST)  # by then both have noticed
    assert statistics.median(lateness(scene, SLACK) for _ in range(9)) < 0.2


def test_workers_forked_from_a_loaded_master_have_links_of_their_own(scene):
    with scene.other.serve("preloaded"):
        found = [lateness(scene, SLACK, "preloaded") for _ in range(9)]
        workers = scene.other.all_workers("preloaded")
        master = int(Path(f"/proc/{min(workers)}/stat").read_text().split()[3])
        first, second, third = (connections(pid) for pid in (*workers, master))
        assert first and second and not (first & second | first & third | second & third)
        up = json.loads(scene.other.manage("cache_status", "--json").stdout)["link"][0]["is_up"]
    assert up == 4  # and the two of the other server
    assert statistics.median(found) < 0.2


def connections(pid: int) -> set[str]:
    """The sockets that a process has open, without those on which it waits for callers."""
    table = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    connected = {f"socket:[{inode}]" for *_, state, inode in (row[:7] for row in table)
                 if state == CONNECTED}  # fmt: skip
    return connected & {name for each in Path(f"/proc/{pid}/fd").iterdir() for name in target(each)}


def target(link: Path) -> list[str]:
    """None if it was closed while we looked."""
    with suppress(FileNotFoundError):
        return [link.readlink().name]
    return []


def test_write_of_a_host_cut_off_from_redis_shows_after_a_minute(scene):
    """Its messages are not sent, and the others cannot know that one is missing."""
    cut = Host(scene.host.folder, {**scene.host.environment, "CACHE_URL": "unix:///nowhere.sock"})
    cut.servers = {}
    new = title()
    assert not stale(scene.other, scene.database)
    cut.shell(f"from tests.faults.cache_app import update; update({new!r})")
    assert stale(scene.host, scene.database) == []  # the host it happened on knows at once
    took = seconds_until(lambda: not stale(scene.other, scene.database), AGE + SLACK)
    print(f"cut off: {took:.1f} s")
