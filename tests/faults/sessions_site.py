"""A site for the tests of sessions under faults, and what Alice does on it all at once."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier

import httpx
from redis import ConnectionError as Refused
from redis import Redis

from deploy.private_servers import program, short_folder
from deploy.processes import ROOT, running, wait_until
from tests.site import GRANIAN, GUNICORN, HOST, Site, Visitor

APP = "tests.faults.sessions_app"
PRIVATE = "/articles/mine/"


class FaultySite(Site):
    """A site whose Redis writes what it is told at once, and can be stopped and started."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.gate = folder / "gate"
        super().__init__(folder, environment | {"PYTHONPATH": str(ROOT), "GATE": str(self.gate)})
        os.mkfifo(self.gate)
        self.processes = ExitStack()
        self.options: list[str] = []

    def start_redis(self) -> None:
        socket, log = self.folder / "redis.sock", self.folder / "redis.log"
        command = [program("redis-server"), "--port", "0", "--unixsocket", socket]
        command += ["--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always"]
        self.redis = self.processes.enter_context(running(command, log))
        with Redis(unix_socket_path=str(socket)) as client:
            wait_until(client.ping, Refused, self.redis, log)

    def _command(self, server: str) -> list[str]:
        if server == "granian":
            return [GRANIAN[0], f"{APP}:application", *GRANIAN[2:], str(self.socket)]
        return [GUNICORN[0], APP, *GUNICORN[2:], f"unix:{self.socket}", *self.options]

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


@contextmanager
def served(backend: str, server: str, *options: str, **variables: str) -> Iterator[FaultySite]:
    """A site on `redis` or `embedded`; options are the server's."""
    with short_folder() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", **variables}
        if backend == "redis":
            environment["REDIS_URL"] = f"unix://{folder / 'redis.sock'}"
        site = FaultySite(folder, environment)
        site.options = [*options]
        with site.processes:
            if backend == "redis":
                site.start_redis()
            yield site.processes.enter_context(site.served(server))


def token(visitor: Visitor) -> dict[str, str]:
    form = visitor.page("/").form_with("csrfmiddlewaretoken")
    return {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]["value"]}


def outlives_its_end(site: FaultySite) -> bool:
    """Whether a session that was ended amid reads and writes is there afterwards."""
    with site.visitor() as alice:
        alice.get("/session/enter/")
        kept = alice.cookies["sessionid"]
        paths = ["/session/leave/", *["/session/"] * 3, *["/session/write/late/"] * 3]
        answers = together(site, alice, [visit(path) for path in paths])
    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers} <= {200, 400}
    return owner(site, kept) is not None


def outlives_a_logout(site: FaultySite) -> bool:
    """The same by the button, and on a page that asks for a sign-in."""
    with site.visitor() as alice:
        assert alice.get("/session/admit/").status_code == 200
        kept, sign_out = alice.cookies["sessionid"], token(alice)
        visits = [lambda browser: browser.post("/logout", data=sign_out)]
        visits += [visit(PRIVATE)] * 3 + [visit("/session/write/late/")] * 3
        answers = together(site, alice, visits)
        assert answers[0].status_code == 302
        assert {answer.status_code for answer in answers} <= {200, 302, 400}
        alice.cookies.clear()
        alice.cookies.set("sessionid", kept, domain=HOST)
        return alice.get(PRIVATE).status_code == 200


def owner(site: Site, kept: str) -> str | None:
    """Whose the session with this cookie is by now."""
    with site.visitor() as thief:
        thief.cookies.set("sessionid", kept, domain=HOST)
        return thief.get("/session/").json().get("user")


def visit(path: str) -> Callable[[httpx.Client], httpx.Response]:
    return lambda browser: browser.get(path)


def together(
    site: Site, visitor: Visitor, visits: list[Callable[[httpx.Client], httpx.Response]]
) -> list[httpx.Response]:
    """All visits at once, each with the visitor's cookies and in a connection of its own."""
    ready = Barrier(len(visits), timeout=30)  # a late browser would meet no other's request

    def run(number: int) -> httpx.Response:
        transport = httpx.HTTPTransport(uds=str(site.socket), verify=False)
        with httpx.Client(transport=transport, base_url=f"http://{HOST}", timeout=30) as browser:
            browser.cookies.update(visitor.cookies)
            ready.wait()
            return visits[number](browser)

    with ThreadPoolExecutor(len(visits)) as pool:
        return list(pool.map(run, range(len(visits))))
