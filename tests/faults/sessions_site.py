"""A site for the tests of sessions under faults, and what Alice does on it all at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
from redis import ConnectionError as Refused
from redis import Redis

from tests.processes import running, wait_until
from tests.services import program
from tests.site import GUNICORN, HOST, Site, Visitor

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


def token(visitor: Visitor) -> dict[str, str]:
    form = visitor.page("/").form_with("csrfmiddlewaretoken")
    return {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]["value"]}


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
