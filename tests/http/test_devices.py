"""Sign-ins and their ends all at once: no row without a session, no session without a row."""

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.site import PASSWORD, Site, Visitor

pytestmark = pytest.mark.http
PRIVATE, MINE = "/account/profile/", "/account/sessions/"
names = map("erin_number{}".format, itertools.count(1))
STATE = """
import json
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from accounts.models import LoginSession
from accounts.models import User
from core.sessions.inspection import peek
if settings.INKPOOL_SESSION_REDIS_URL:
    from django_redis import get_redis_connection
    keys = get_redis_connection("sessions").scan_iter(settings.INKPOOL_SESSION_KEY_PREFIX + "*")
    there = [key.decode().removeprefix(settings.INKPOOL_SESSION_KEY_PREFIX) for key in keys]
else:
    from django.contrib.sessions.models import Session
    there = list(Session.objects.values_list("session_key", flat=True))
user = User.objects.get(username={name!r})
held = {{id_hash[:40]: values.get(SESSION_KEY) for id_hash, values in peek(there).items()}}
sessions = [id_hash for id_hash, pk in held.items() if pk == str(user.pk)]
rows = [row.id_hash[:40] for row in LoginSession.objects.filter(user=user)]
print(json.dumps([sorted(sessions), sorted(rows)]))
"""
DEACTIVATE = """
from accounts.models import User
user = User.objects.get(username={name!r})
user.is_active = {active}
user.save()
"""


class Erin:
    """A person with any number of devices, of one test only."""

    def __init__(self, site: Site) -> None:
        self.site, self.name = site, next(names)
        self.devices: list[Visitor] = []
        made = site.manage("create_user", self.name, DJANGO_USER_PASSWORD=PASSWORD)
        assert made.returncode == 0, made.stderr

    def device(self) -> Visitor:
        self.devices.append(self.site.visitor())
        self.devices[-1].timeout = 60  # a password takes its time, and many are checked at once
        return self.devices[-1]

    def signed_in(self) -> Visitor:
        device = self.device()
        assert device.sign_in(self.name).status_code == 302
        return device

    def run(self, code: str, **words: Any) -> str:
        return self.site.shell(code.format(name=self.name, **words))

    def state(self) -> tuple[list[str], list[str]]:
        """The sessions of hers that the store holds, and the rows there are."""
        sessions, rows = json.loads(self.run(STATE))
        return sessions, rows


@pytest.fixture
def erin(site: Site) -> Iterator[Erin]:
    erin = Erin(site)
    yield erin
    for device in erin.devices:
        device.close()


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]


def sign_in(erin: Erin, device: Visitor) -> Callable[[], Any]:
    return lambda: device.sign_in(erin.name)


def ends(device: Visitor) -> list[Callable[[], Any]]:
    """What it takes to end each of the other devices in the list, as pressed at once."""
    listed = sorted(set(re.findall(r"/account/sessions/\d+/end/", device.get(MINE).text)))
    return [press(device, path, MINE) for path in listed]


def press(device: Visitor, path: str, form: str) -> Callable[[], Any]:
    """A button on a page that is open already: another device may end this one's session before
    it is pressed, but not before its form is fetched."""
    data = device.token(form)
    return lambda: device.post(path, data=data)


def is_signed_in(device: Visitor) -> bool:
    return device.get(PRIVATE).status_code == 200


def rounds_of_everything(erin: Erin, rounds: int) -> None:
    desk = erin.signed_in()
    for _ in range(rounds):
        leaving, ended = erin.signed_in(), erin.signed_in()
        acts = [sign_in(erin, erin.device()) for _ in range(3)] + [sign_in(erin, ended)]
        at_once([*acts, *ends(desk), press(leaving, "/logout", "/")])
        sessions, rows = erin.state()
        assert sessions == rows
        assert is_signed_in(desk)
    signed_in = [device for device in erin.devices if is_signed_in(device)]
    assert len(signed_in) == len(erin.state()[0]) >= 3


def rounds_of_all_others(erin: Erin, rounds: int) -> None:
    desk, phone = erin.signed_in(), erin.signed_in()
    for _ in range(rounds):
        late = [erin.device(), erin.device()]
        end_others = press(desk, f"{MINE}end/", f"{MINE}end/")
        answers = at_once([end_others, *(sign_in(erin, each) for each in late)])
        assert answers[0].headers["Location"] == MINE
        assert is_signed_in(desk) and not is_signed_in(phone)
        alive = [device for device in erin.devices if is_signed_in(device)]
        sessions, rows = erin.state()
        assert sessions == rows
        assert len(sessions) == len(alive)
        phone = erin.signed_in()


def rounds_of_deactivation(erin: Erin, rounds: int) -> None:
    for _ in range(rounds):
        devices = [erin.signed_in(), *(erin.device() for _ in range(4))]
        at_once(
            [
                lambda: erin.run(DEACTIVATE, active=False),
                *(again(erin, device) for device in devices[1:]),
            ]
        )
        assert erin.state() == ([], [])
        erin.run(DEACTIVATE, active=True)
        assert not any(is_signed_in(device) for device in devices)


def again(erin: Erin, device: Visitor) -> Callable[[], None]:
    """Signs in as often as it may until it may not any more."""

    def until_refused() -> None:
        while device.sign_in(erin.name).status_code == 302:
            pass

    return until_refused


@pytest.mark.soak
@pytest.mark.parametrize(
    "play", [rounds_of_everything, rounds_of_all_others, rounds_of_deactivation]
)
def test_rows_and_sessions_agree(erin: Erin, play: Callable[[Erin, int], None]):
    play(erin, int(os.environ.get("ROUNDS", "5")))
