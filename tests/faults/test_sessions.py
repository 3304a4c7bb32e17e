"""Sessions over real HTTP, while Redis stalls, stops and restarts, and while Alice logs out."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from deploy.processes import stop
from tests.faults.sessions_site import (
    PRIVATE,
    FaultySite,
    outlives_a_logout,
    outlives_its_end,
    served,
    together,
    token,
    visit,
)
from tests.site import Visitor

pytestmark = pytest.mark.http
TIMEOUT = 1  # of a socket to Redis, in core/settings.py
SITES = [
    pytest.param("redis", "gunicorn", id="redis"),
    pytest.param("embedded", "gunicorn", id="embedded"),
    pytest.param("redis", "granian", id="redis-granian", marks=pytest.mark.soak),
    pytest.param("embedded", "granian", id="embedded-granian", marks=pytest.mark.soak),
]


@pytest.fixture(scope="module")
def site(request, static_files: None) -> Iterator[FaultySite]:
    with served(*request.param) as site:
        yield site


def on(*sites):
    """The test runs on each of these sites."""
    values = [pytest.param(each.values, id=each.id, marks=each.marks) for each in sites]
    return pytest.mark.parametrize("site", values, indirect=True, scope="module")


on_each, on_redis = on(*SITES), on(*SITES[::2])


@pytest.fixture
def charlie(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        yield visitor


@pytest.fixture
def alice(site: FaultySite) -> Iterator[Visitor]:
    """Signed in, but not by the form: the cache counts attempts, and rests after an outage."""
    with site.visitor() as visitor:
        assert visitor.get("/session/admit/").status_code == 200
        yield visitor


def judge_outage(site: FaultySite, alice: Visitor, charlie: Visitor, sign_out: dict[str, str]):
    """Alice hears that it is an outage, keeps her cookie, and is not told that she left."""
    before, kept = len(site.log().splitlines()), alice.cookies["sessionid"]
    answers = [alice.get(PRIVATE), alice.get("/session/write/x/")]
    answers += [alice.post("/logout", data=sign_out)]
    for answer in answers:
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (503, False)
        assert int(answer.headers["Retry-After"]) > 0
    assert alice.cookies["sessionid"] == kept
    for page in ("/", "/articles/", "/login"):
        assert charlie.get(page).status_code == 200
    start = time.monotonic()
    assert charlie.sign_in("bob_reads").status_code == 503
    assert time.monotonic() - start < 3
    told = site.log().splitlines()[before:]
    assert sum("Service Unavailable: " in line for line in told) == len(answers) + 1
    tracebacks = sum(line.startswith("Traceback") for line in told)
    assert tracebacks <= len(told) // 10  # the first of a kind


def until_it_answers(alice: Visitor) -> None:
    """A Redis that did not answer is asked again within about a second."""
    deadline = time.monotonic() + 10
    while alice.get("/session/").status_code == 503:
        assert time.monotonic() < deadline


@pytest.mark.soak
@on_redis
def test_requests_that_wait_for_redis_do_not_delay_others(site, alice, charlie):
    """Six for each thread of the server; at a second each they would hold it for six."""

    def anonymous(browser) -> httpx.Response:
        browser.cookies.clear()
        return browser.get("/")

    site.redis.send_signal(signal.SIGSTOP)
    try:
        *answers, last = together(site, alice, [visit(PRIVATE)] * 24 + [anonymous])
        assert {answer.status_code for answer in answers} == {503}
        assert last.status_code == 200
        assert last.elapsed.total_seconds() < 3
        start = time.monotonic()
        assert charlie.sign_in("bob_reads").status_code == 503
        assert time.monotonic() - start < 3
    finally:
        site.redis.send_signal(signal.SIGCONT)
    until_it_answers(alice)


@on_redis
def test_once_it_is_known_that_redis_stalls_no_request_waits_for_it(site, alice):
    site.redis.send_signal(signal.SIGSTOP)
    try:
        alice.get(PRIVATE)
        over, waits = time.monotonic() + 2.5, []
        while time.monotonic() < over:
            waits.append(alice.get(PRIVATE).elapsed.total_seconds())
        assert max(waits) < TIMEOUT
    finally:
        site.redis.send_signal(signal.SIGCONT)
    until_it_answers(alice)


@on_redis
def test_stalled_redis_leaves_users_signed_in(site, alice, charlie):
    sign_out = token(alice)
    site.redis.send_signal(signal.SIGSTOP)
    try:
        judge_outage(site, alice, charlie, sign_out)
    finally:
        site.redis.send_signal(signal.SIGCONT)
    until_it_answers(alice)
    assert alice.get(PRIVATE).status_code == 200
    assert "x" not in alice.get("/session/").json()


def kill(redis):
    """Its socket file stays and refuses."""
    redis.kill()
    redis.wait()


@on_redis
@pytest.mark.parametrize("end", [kill, pytest.param(stop, marks=pytest.mark.soak)])
def test_a_redis_that_restarts_has_kept_every_session(site, alice, charlie, end):
    sign_out = token(alice)
    alice.get("/session/write/basket/")
    end(site.redis)
    judge_outage(site, alice, charlie, sign_out)
    site.start_redis()
    until_it_answers(alice)
    assert alice.get("/session/").json()["basket"] == "basket"
    assert alice.get("/session/write/pen/").status_code == 200
    assert alice.get(PRIVATE).status_code == 200


@pytest.mark.soak
@on_redis
def test_a_restart_within_a_request_is_not_noticed(site):
    with site.visitor() as alice, ThreadPoolExecutor(1) as pool:
        alice.get("/session/enter/")
        held = pool.submit(alice.get, "/session/hold/")
        with open(site.gate, "w"):  # waits until the request has read its session
            kill(site.redis)
            site.start_redis()
        assert held.result().status_code == 200
        assert alice.get("/session/").json()["held"] == "alice"


@on_each
def test_parallel_writes_all_win(site, alice):
    keys = [f"key{number}" for number in range(24)]
    together(site, alice, [visit(f"/session/write/{key}/") for key in keys])
    assert alice.get("/session/").json().keys() >= set(keys)


@pytest.mark.soak
@on_each
def test_forty_visits_are_forty(site, alice):
    answers = together(site, alice, [visit("/session/count/")] * 40)
    assert {answer.status_code for answer in answers} == {200}
    assert alice.get("/session/").json()["visits"] == 40


@on_each
def test_views_that_await_their_session_lose_nothing(site):
    with site.visitor() as alice:
        alice.get("/session/enter/")
        answers = together(site, alice, [visit(f"/session/awrite/{key}/") for key in "abcdefgh"])
        assert [answer.json() for answer in answers] == [{"user": "alice"}] * 8
        session = alice.get("/session/").json()
    assert session.keys() >= set("abcdefgh")
    assert session["visits"] == 8


@on_each
def test_what_is_ended_amid_reads_and_writes_is_over(site):
    assert [round for round in range(20) if outlives_its_end(site)] == []


@pytest.mark.soak
@on_each
def test_a_logout_beats_parallel_reads_and_writes(site):
    assert [round for round in range(100) if outlives_a_logout(site)] == []


@pytest.mark.soak
@on_each
def test_a_hundred_rounds_of_parallel_writes_lose_nothing(site):
    with site.visitor() as alice:
        alice.get("/session/enter/")
        for round in range(100):
            keys = [f"{round}-{key}" for key in "abcdef"]
            visits = [visit(f"/session/write/{key}/") for key in keys]
            together(site, alice, [*visits, visit("/session/count/"), visit("/session/count/")])
            session = alice.get("/session/").json()
            assert session.keys() >= set(keys)
            assert session["visits"] == 2 * (round + 1)


def sockets(pid: int) -> set[str]:
    links = [path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir()]
    return {link for link in links if link.startswith("socket:")}


@pytest.mark.soak
def test_no_socket_of_a_session_crosses_a_fork(static_files: None) -> None:
    """gunicorn --preload: the master has used a session before it starts its workers."""
    with served("redis", "gunicorn", "--preload", BEFORE_THE_FORK="yes") as site:
        with site.visitor() as alice:
            alice.get("/session/enter/")
            told = alice.get("/session/process/").json()
        worker = told["pid"]
        master = int(Path(f"/proc/{worker}/stat").read_text().split()[3])
        assert told["user"] == "alice"
        assert told["early"] in sockets(master)
        assert told["early"] not in sockets(worker)
