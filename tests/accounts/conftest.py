"""Alice's devices: browsers that have signed in, on each session store."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts import devices
from accounts.mail_sending import send_mail
from accounts.models import User
from core.http import attempts
from core.http.failure_log import Kinds
from core.sessions.inspection import peek
from tests.core.sessions.conftest import redis as redis  # fixtures here too
from tests.core.sessions.conftest import store as store
from tests.factories import PASSWORD

PRIVATE = "/account/profile/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


class Device(Client):
    """A browser that may have signed in."""

    def sign_in(self, name: str = "alice_writes") -> None:
        assert self.post("/login", {"name": name, "pwd": PASSWORD}).status_code == 302

    @property
    def id_hash(self) -> str:
        return self.session.id_hash

    def is_signed_in(self) -> bool:
        return self.get(PRIVATE).status_code == 200


@pytest.fixture
def device(store: type, alice: User) -> Callable[..., Device]:
    def device(name: str = "alice_writes", user_agent: str = FIREFOX, **extra: str) -> Device:
        browser = Device(HTTP_USER_AGENT=user_agent, **extra)
        browser.sign_in(name)
        return browser

    return device


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """`with committed():` runs the on_commit callbacks at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def no_updates_yet():
    """No session counts as updated by this process; call it to forget the updates again."""
    devices.updated_at.clear()
    return devices.updated_at.clear


@pytest.fixture
def no_failure_logged(monkeypatch):
    """No failure to write a row was logged before, and updates are not paused."""
    monkeypatch.setattr(devices, "failures", Kinds())
    monkeypatch.setitem(devices.paused, "until", -math.inf)


def lives(id_hash: str) -> bool:
    return id_hash in peek([id_hash])


@pytest.fixture
def one_window(monkeypatch):
    """The window of the attempt counters does not end during the test."""
    monkeypatch.setattr(attempts, "time", SimpleNamespace(time=lambda: 3_600_000_100.0))


@pytest.fixture
def sends_mail(settings):
    """A site with a mail server; `mailoutbox` gets what the job sends."""
    settings.INKPOOL_SENDS_MAIL = True


@pytest.fixture
def delivered(sends_mail, mailoutbox):
    """Runs the job, and returns the mails that it has sent."""

    def delivered():
        mailoutbox.clear()
        list(send_mail())
        return list(mailoutbox)

    return delivered


def link_in(mail) -> str:
    """The path of the link in a mail."""
    (line,) = [line for line in mail.body.splitlines() if line.startswith("http")]
    return line.removeprefix("http://testserver")
