"""The real site, served by a process of its own over a socket file, and who visits it."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.processes import ROOT, running, wait_until
from tests.migrated_copies import fill
from tests.page import Page

HOST = "inkpool.test"
PEOPLE = ["alice_writes", "bob_reads", "dana_staff"]  # Charlie is anonymous: no account
PASSWORD = "Reading&Writing2026$"
GRANIAN = ["granian", "core.wsgi:application", "--interface=wsgi", "--workers=1"]
GRANIAN += ["--blocking-threads=4", "--no-ws", "--respawn-failed-workers", "--uds"]
GUNICORN = ["gunicorn", "core.wsgi:application", "--workers=1", "--threads=4", "--bind"]
MAKE_PEOPLE = f"""
from accounts.models import User
for name in {PEOPLE!r}:
    staff = name.startswith("dana")
    User.objects.create_user(name, password={PASSWORD!r}, is_staff=staff, is_superuser=staff)
"""


class Site:
    """One site with a database of its own, in an environment like production's."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.cookies: dict[str, httpx.Cookies] = {}  # of the people who have signed in
        self.socket = folder / "site.sock"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),  # a server that writes there is found out
            "LANG": "C.UTF-8",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(60),
            "RUN_DIR": str(folder / "run"),
            "MEDIA_STORAGE": str(folder / "media"),
            "DJANGO_HTTPS": "false",
            "DJANGO_ALLOWED_HOSTS": HOST,
            **environment,
        }

    def manage(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """What a management command says in this site's environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def shell(self, code: str) -> str:
        """What a piece of Python prints inside the site's Django."""
        done = self.manage("shell", "-v0", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def served(self, server: str, *options: str) -> Iterator[Self]:
        """Migrated, peopled and answering, until the block ends."""
        (self.folder / "home").mkdir()
        fill(self.environment["DATABASE_URL"], self._migrate)
        command = [sys.executable, "-m", *self._command(server), *options]
        log = self.folder / "server.log"
        with running(command, log, self.environment) as process:
            wait_until(self._connect, OSError, process, log)
            yield self

    def _migrate(self) -> None:
        assert self.manage("migrate", "-v0").returncode == 0
        self.shell(MAKE_PEOPLE)

    def _connect(self) -> None:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(self.socket))

    def _command(self, server: str) -> list[str]:
        if server == "granian":
            return [*GRANIAN, str(self.socket)]
        return [*GUNICORN, f"unix:{self.socket}"]

    def visitor(self) -> "Visitor":
        return Visitor(self.socket, self.show_log)

    def show_log(self, answer: httpx.Response) -> None:
        """No test wants a server error: it fails with what the server has to say."""
        if answer.status_code == 500:
            log = (self.folder / "server.log").read_text(errors="replace").rstrip()
            print(log[-5000:])
            raise AssertionError(f"500 at {answer.url.path}: {log.splitlines()[-1]}")


class Visitor(httpx.Client):
    """A browser: keeps its cookies, asks for HTML in English, follows no redirect by itself."""

    def __init__(self, socket: Path, judge: Callable[[httpx.Response], None]) -> None:
        super().__init__(
            transport=httpx.HTTPTransport(uds=str(socket)),
            base_url=f"http://{HOST}",
            event_hooks={"response": [judge]},
            headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"},
        )

    def page(self, path: str) -> Page:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers)
        return Page(answer.text)

    def submit(self, path: str, data: Mapping[str, Any], form: str | None = None) -> httpx.Response:
        """Post a form to `path` with the token of the page it stands on (`form`)."""
        return self.post(path, data={**self.token(form or path), **data})

    def token(self, form: str) -> dict[str, str]:
        """The field of a page's form without which it cannot be sent."""
        field = self.page(form).form_with("csrfmiddlewaretoken")["csrfmiddlewaretoken"]
        return {"csrfmiddlewaretoken": field["value"]}

    def sign_in(self, name: str, password: str = PASSWORD, **data: str) -> httpx.Response:
        """Post the sign-in form; with the bare CSRF cookie if signed in, when there is no form."""
        answer, fields = self.get("/login"), {"name": name, "pwd": password, **data}
        if answer.status_code == 302:
            token = self.cookies["csrftoken"]
        else:
            token = Page(answer.text).form_with("pwd")["csrfmiddlewaretoken"]["value"]
        return self.post("/login", data={"csrfmiddlewaretoken": token, **fields})

    def write(self, button: str = "publish", **fields: str) -> str:
        """Write an article and press `save` or `publish`: its address."""
        fields = {"title": "A title", "tags": "", "summary": "", "body": "Text."} | fields
        answer = self.submit("/articles/new/", {**fields, button: ""})
        assert answer.status_code == 302, Page(answer.text).text
        return answer.headers["Location"]
