"""The hammer: whatever is written in whatever way, no worker shows what SQL does not say.

Two servers of two workers each read without pause; after each write every worker is asked.
"""

import itertools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.invalidation.generations import DEADLINE, FILE_NAME, LOOK_EVERY
from deploy.private_servers import Services
from tests.faults.cache_looks import crowd, stale
from tests.faults.cache_site import METRICS_KEY, WAYS, Database, Host, Stage, stage
from tests.faults.cache_writers import by_admin, by_command, by_form, signed_in
from tests.http.conftest import redis_numbers
from tests.site import Visitor

pytestmark = pytest.mark.http
numbers = itertools.count(1)
LOOK = LOOK_EVERY / 1e9  # seconds
NOTICED = DEADLINE / 1e9 + LOOK  # seconds after which a killed writer is
SLACK = 2  # seconds: this machine may be busy
UPDATING = "SELECT id FROM information_schema.processlist WHERE info LIKE %s"


@pytest.fixture(scope="module")
def scene(servers: Services, static_files: None) -> Iterator[Stage]:
    with stage(servers, next(redis_numbers)) as scene, scene.host.serve("granian", "gunicorn"):
        yield scene


@pytest.fixture
def host(scene: Stage) -> Host:
    return scene.host


@pytest.fixture
def database(scene: Stage) -> Database:
    return scene.database


@pytest.fixture(scope="module")
def alice(scene: Stage) -> Iterator[Visitor]:
    yield from signed_in(scene.host, "alice_writes")


@pytest.fixture(scope="module")
def dana(scene: Stage) -> Iterator[Visitor]:
    yield from signed_in(scene.host, "dana_staff")


def title() -> str:
    return f"Title {next(numbers)}"


def hammer(scene: Stage, alice: Visitor, dana: Visitor, rounds: int) -> None:
    host = scene.host
    ways: list[Callable[[str], None]] = [
        lambda title: by_form(alice, title),
        lambda title: by_admin(dana, title),
        *(lambda title, way=way: host.write("granian", way, title) for way in WAYS),
        *(lambda title, way=way: host.write("gunicorn", way, title) for way in WAYS),
    ]
    found: list[str] = []
    with crowd(host, "/cache/snapshot/", "/cache/isolated/") as wrong:
        for number in range(rounds):
            if number % 30 == 29:
                by_command(host, title())
            else:
                ways[number % len(ways)](title())
            found += stale(host, scene.database)
    assert (found, wrong) == ([], [])


def test_nothing_is_stale_after_any_write(scene, alice, dana):
    """Form, admin, command, save(), update(), bulk and raw SQL, while many read."""
    hammer(scene, alice, dana, rounds=2 + len(WAYS))


@pytest.mark.soak
def test_nothing_is_stale_after_three_hundred_writes(scene, alice, dana):
    hammer(scene, alice, dana, rounds=300)


@pytest.mark.soak
def test_page_of_a_signed_in_reader_is_made_anew_on_each_worker(scene):
    host, bob = scene.host, scene.host.admit("bob_reads")
    (number, slug), *_ = scene.database.ask("SELECT id, slug FROM articles_article ORDER BY id")
    for way, writer in zip(WAYS, itertools.cycle(host.servers), strict=False):
        host.write(writer, way, words := title())
        for server in host.servers:
            for path in ("/", f"/articles/{number}/{slug}/"):
                for answer in host.each_worker(server, path, Cookie=bob).values():
                    assert 'class="account-link"' in answer.text and not answer.kept
                    assert words in answer.text and "</html>" in answer.text


def test_hammer_reports_the_write_of_another_program(scene):
    """The write of another program is not seen, so stale() must report it."""
    host, database = scene.host, scene.database
    assert stale(host, database) == []
    database.ask("UPDATE articles_article SET title = 'Behind our back'")
    assert len(stale(host, database)) >= 4
    host.write("granian", "update", title())
    assert stale(host, database) == []


@pytest.mark.soak
def test_nothing_is_stale_while_a_writer_waits_for_a_row(scene):
    """The old rows are read again and again between the begin of a write and its end."""
    host, new = scene.host, title()
    with scene.database.cursor() as cursor, crowd(host) as wrong:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM articles_article FOR UPDATE")
        with in_background(lambda: host.write("granian", "update", new)):
            until(lambda: cursor.execute(UPDATING, ["UPDATE `articles_article` %"]))
            assert stale(host, scene.database) == []
            assert new not in scene.database.titles()
            cursor.execute("COMMIT")
        assert set(scene.database.titles()) == {new}
        assert stale(host, scene.database) == []
    assert wrong == []


@contextmanager
def in_background(call: Callable[[], object]) -> Iterator[None]:
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(call)
        yield
        done.result(30)


def until(true: Callable[[], object], seconds: float = 30) -> float:
    """How long it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() < start + seconds
        time.sleep(0.005)
    return time.monotonic() - start


@pytest.mark.parametrize("server", ["granian", pytest.param("gunicorn", marks=pytest.mark.soak)])
def test_write_of_a_worker_killed_after_its_commit_shows_after_the_deadline(scene, server):
    host, new = scene.host, title()
    assert stale(host, scene.database) == []  # all workers keep what they show
    with pytest.raises(OSError):
        host.ask(server, f"/cache/die/?title={new.replace(' ', '+')}")
    other = "granian" if server == "gunicorn" else "gunicorn"
    took = until(lambda: new in host.ask(other, "/").text, NOTICED + 5)
    print(f"killed: {took:.1f} s")
    assert took < NOTICED + SLACK
    until(lambda: host.all_workers(server))  # it has been started again
    assert stale(host, scene.database) == []


@pytest.mark.soak
def test_removed_file_of_generations_is_noticed_by_all(scene):
    """A writer has a new one at once, the others at their next look."""
    host, new = scene.host, title()
    assert stale(host, scene.database) == []  # all workers keep what they show
    (Path(host.environment["RUN_DIR"]) / FILE_NAME).unlink()
    by_command(without_redis(host), new)  # another process, and no message tells of it
    took = until(lambda: stale(host, scene.database) == [], LOOK + 5)
    assert took < LOOK + SLACK
    host.write("granian", "update", title())
    assert stale(host, scene.database) == []


def without_redis(host: Host) -> Host:
    left = {name: value for name, value in host.environment.items() if "REDIS" not in name}
    return Host(host.folder, {name: left[name] for name in left if name != "CACHE_URL"})


def seen_user(host: Host, server: str, cookie: str) -> list[dict]:
    answers = host.each_worker(server, "/cache/me/", Cookie=cookie)
    return [json.loads(each.text) for each in answers.values()]


def judge_users(host: Host, rounds: int) -> None:
    cookie = host.admit("bob_reads")
    for number in range(rounds):
        writer = ["granian", "gunicorn"][number % 2]
        may = "&may" * (number % 4 > 1)
        host.ask(writer, f"/cache/rename/?name=Bob+{number}{may}")
        for server in host.servers:
            for found in seen_user(host, server, cookie):
                assert found == {"name": f"Bob {number}", "may": bool(may)}


def test_change_of_a_user_holds_at_the_next_request(host):
    judge_users(host, rounds=6)


@pytest.mark.soak
def test_change_of_a_user_holds_for_three_hundred_rounds(host):
    judge_users(host, rounds=300)


@pytest.mark.soak
def test_deactivated_user_is_signed_out_on_each_worker(host):
    for writer in host.servers:
        cookie = host.admit("bob_reads")
        for server in host.servers:
            assert all(each["name"] is not None for each in seen_user(host, server, cookie))
        assert host.ask(writer, "/cache/active/0/").status == 200
        for server in host.servers:
            assert [each["name"] for each in seen_user(host, server, cookie)] == [None] * 2
        assert host.ask(writer, "/cache/active/1/").status == 200


def test_fifty_anonymous_visitors_at_once_are_one_miss_of_each_worker(scene):
    host = scene.host
    host.write("granian", "update", title())
    with ThreadPoolExecutor(50) as pool:
        answers = [*pool.map(lambda _: host.ask("granian", "/"), range(50))]
    made = [each for each in answers if each.kept.endswith("stored")]
    assert {each.status for each in answers} == {200}
    assert 0 < len(made) == len({each.worker for each in made}) <= 2
    assert len({each.text for each in answers}) == 1


def scraped(host: Host, server: str) -> dict[str, float]:
    text = host.ask(server, "/metrics", Authorization=f"Bearer {METRICS_KEY}").text
    lines = [line.rpartition(" ") for line in text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in lines}


def test_counters_show_in_metrics_and_cache_status(host):
    """By a command in another process, and by any worker's /metrics."""
    before = scraped(host, "granian")
    host.write("gunicorn", "update", title())
    for _ in range(5):
        host.all_workers("granian")
        host.ask("gunicorn", "/")
    after = scraped(host, "gunicorn")
    for name in ("hits", "misses", "outdated"):
        name = f'inkpool_cache_{name}_total{{cache="pages"}}'
        assert after[name] > before[name]
    assert after["inkpool_link_writes_total"] > before["inkpool_link_writes_total"]
    assert after["inkpool_link_up"] == after["inkpool_link_processes"] == 2 * len(host.servers)
    assert after['inkpool_cache_bytes{cache="pages"}'] > 1000
    done = host.manage("cache_status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    pages = next(each for each in found["caches"] if each["cache"] == "pages")
    assert pages["hits"] >= after['inkpool_cache_hits_total{cache="pages"}']
    assert pages["processes"] == 2 * len(host.servers)
    assert found["redis"][0]["is_open"] == 0


@pytest.mark.soak
@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_suspended_worker_is_fresh_when_it_continues(scene, server):
    host, [frozen, *_] = scene.host, [*scene.host.all_workers(server)]
    other = "granian" if server == "gunicorn" else "gunicorn"
    os.kill(frozen, signal.SIGSTOP)
    try:
        host.write(other, "update", title())
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert stale(host, scene.database) == []
