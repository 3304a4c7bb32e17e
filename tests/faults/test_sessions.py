"""Sessions over real HTTP, while Redis stalls, stops and restarts, and while Alice logs out."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from redis import ConnectionError as Refused
from redis import Redis

from tests.http.conftest import static_files  # noqa: F401  (a fixture)
from tests.processes import running, stop, wait_until
from tests.services import program, short_folder
from tests.site import GUNICORN, HOST, Site, Visitor

pytestmark = pytest.mark.http
PRIVATE = "/articles/mine/"
ROUNDS = 20


class FaultySite(Site):
    """A site whose Redis writes what it is told at once, and can be stopped and started."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self.processes = ExitStack()

    def start_redis(self) -> None:
        socket, log = self.folder / "redis.sock", self.folder / "redis.log"
        command = [program("redis-server"), "--port", "0", "--unixsocket", socket]
        command += ["--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always"]
        self.redis = self.processes.enter_context(running(command, log))
        with Redis(unix_socket_path=str(socket)) as client:
            wait_until(client.ping, Refused, self.redis, log)

    def _command(self, server: str) -> list[str]:
        return [GUNICORN[0], "tests.faults.sessions_app", *GUNICORN[2:], f"unix:{self.socket}"]

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


@pytest.fixture(scope="module")
def site(static_files: None) -> Iterator[FaultySite]:  # noqa: F811
    with short_folder() as folder:
        site = FaultySite(
            folder,
            {
                "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
                "REDIS_URL": f"unix://{folder / 'redis.sock'}",
                "PYTHONPATH": os.getcwd(),
            },
        )
        with site.processes:
            site.start_redis()
            yield site.processes.enter_context(site.served("gunicorn"))


@pytest.fixture
def charlie(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        yield visitor


@pytest.fixture
def alice(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        assert visitor.sign_in("alice_writes").status_code == 302
        yield visitor


def token(visitor: Visitor) -> dict[str, str]:
    form = visitor.page("/").form_with("csrfmiddlewaretoken")
    return {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]["value"]}


def judge_outage(site: FaultySite, alice: Visitor, charlie: Visitor, sign_out: dict[str, str]):
    """Alice hears that it is an outage, keeps her cookie, and is not told that she left."""
    before, kept = len(site.log().splitlines()), alice.cookies["sessionid"]
    answers = [alice.get(PRIVATE), alice.get("/session/x/"), alice.post("/logout", data=sign_out)]
    for answer in answers:
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (503, False)
        assert int(answer.headers["Retry-After"]) > 0
    assert alice.cookies["sessionid"] == kept
    assert len(site.log().splitlines()) - before <= len(answers)
    for page in ("/", "/articles/", "/login"):
        assert charlie.get(page).status_code == 200
    assert charlie.sign_in("bob_reads").status_code == 503


def test_a_redis_that_stalls_signs_nobody_out(site, alice, charlie):
    sign_out = token(alice)
    site.redis.send_signal(signal.SIGSTOP)
    try:
        judge_outage(site, alice, charlie, sign_out)
    finally:
        site.redis.send_signal(signal.SIGCONT)
    assert alice.get(PRIVATE).status_code == 200
    assert "x" not in alice.get("/session/").json()


def test_a_redis_that_restarts_has_kept_every_session(site, alice, charlie):
    sign_out = token(alice)
    alice.get("/session/basket/")
    stop(site.redis)
    judge_outage(site, alice, charlie, sign_out)
    site.start_redis()
    assert alice.get("/session/").json()["basket"] == "basket"
    assert alice.get("/session/pen/").status_code == 200
    assert alice.get(PRIVATE).status_code == 200


def test_parallel_writes_all_win(site, alice):
    keys = [f"key{number}" for number in range(24)]
    together(
        site, alice, [lambda browser, key=key: browser.get(f"/session/{key}/") for key in keys]
    )
    session = alice.get("/session/").json()
    assert session.keys() >= set(keys)
    assert session["writes"] == 24


def test_a_logout_beats_parallel_reads_and_writes(site, charlie):
    alive = [round for round in range(ROUNDS) if outlives_a_logout(site)]
    assert alive == []


def outlives_a_logout(site: FaultySite) -> bool:
    """Whether a session that was signed out amid reads and writes still opens a door."""
    with site.visitor() as alice:
        assert alice.sign_in("alice_writes").status_code == 302
        kept, sign_out = alice.cookies["sessionid"], token(alice)
        visits = [lambda browser: browser.post("/logout", data=sign_out)]
        visits += [lambda browser: browser.get(PRIVATE)] * 3
        visits += [lambda browser: browser.get("/session/late/")] * 3
        answers = together(site, alice, visits)
        assert answers[0].status_code == 302
        assert {answer.status_code for answer in answers} <= {200, 302, 400}
        alice.cookies.clear()
        alice.cookies.set("sessionid", kept, domain=HOST)
        return alice.get(PRIVATE).status_code == 200


def together(
    site: Site, visitor: Visitor, visits: list[Callable[[httpx.Client], httpx.Response]]
) -> list[httpx.Response]:
    """All visits at once, each with the visitor's cookies and in a connection of its own."""

    def visit(number: int) -> httpx.Response:
        transport = httpx.HTTPTransport(uds=str(site.socket), verify=False)
        with httpx.Client(transport=transport, base_url=f"http://{HOST}") as browser:
            browser.cookies.update(visitor.cookies)
            return visits[number](browser)

    with ThreadPoolExecutor(len(visits)) as pool:
        return list(pool.map(visit, range(len(visits))))
