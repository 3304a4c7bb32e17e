"""Minutes of load on two workers, while connections are killed and the server dies and returns."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from tests.faults.pool_site import PoolSite, faulty_site, held, until
from tests.site import HOST

pytestmark = [pytest.mark.http, pytest.mark.soak]
CAP, WORKERS, CLIENTS = 4, 2, 24
MINUTES = 3
POOL = {"DB_POOL_MAX_CONNECTIONS": str(CAP), "DB_POOL_TIMEOUT": "2", "DB_POOL_MAX_USAGE": "50"}
KINDS = ("article", "user")


class Load:
    """What the clients ask for, and what they and an observer of the workers saw."""

    def __init__(self, site: PoolSite) -> None:
        assert until(lambda: len(site.processes()) == 1 + WORKERS)
        self.site, self.processes = site, site.processes()
        self.over = threading.Event()
        self.codes: Counter[int] = Counter()
        self.wrong: list[object] = []
        self.most = 0

    def client(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.site.socket)),
            base_url=f"http://{HOST}",
            timeout=60,
        ) as browser:
            while not self.over.is_set():
                self.ask(browser, chance.choice(KINDS), chance.randrange(10**9))

    def ask(self, browser: httpx.Client, kind: str, number: int) -> None:
        path = f"/named/{kind}/{number}/" if number % 4 else "/article"
        answer = browser.get(path)
        self.codes[answer.status_code] += 1
        if answer.status_code == 200:
            row = {"kind": kind, "number": number} if number % 4 else answer.json() | {"code": 100}
            if answer.json() != row:
                self.wrong.append((path, answer.text))
        elif answer.status_code != 503 or "Retry-After" not in answer.headers:
            self.wrong.append((path, answer.status_code, answer.text[:200]))

    def observer(self) -> None:
        """How many connections a worker holds at most.

        Not how many the server shows, where a closed one stays until its thread has read the end:
        a ninth in one of 1382 looks under load, while no worker ever had more than four open.
        """
        while not self.over.wait(0.05):
            self.most = max(self.most, *[len(held(each)) for each in self.processes])


def during(load: Load, misfortune: Callable[[], None]) -> None:
    watchers = [threading.Thread(target=load.client, args=[n]) for n in range(CLIENTS)]
    watchers.append(threading.Thread(target=load.observer))
    for thread in watchers:
        thread.start()
    try:
        misfortune()
    finally:
        load.over.set()
        for thread in watchers:
            thread.join()


def test_no_wrong_row_no_other_error_and_never_above_the_cap(static_files):
    with faulty_site("two workers", **POOL) as (site, server):
        load, end = Load(site), time.monotonic() + MINUTES * 60

        def misfortune() -> None:
            while time.monotonic() < end:
                for _ in range(5):
                    time.sleep(2)  # of undisturbed load
                    server.kill_connections()
                server.kill()
                time.sleep(1)
                server.start()
                before = load.codes[200]
                assert until(lambda before=before: load.codes[200] > before + CLIENTS)
                with server.frozen():
                    time.sleep(1.5)

        during(load, misfortune)
        print(dict(load.codes), "connections of a worker at most:", load.most)
        assert load.wrong == []
        assert load.most == CAP
        assert load.codes.keys() <= {200, 503}
        assert load.codes[200] > 100 * MINUTES
        log = site.log()
        assert "Segmentation" not in log and "was sent SIG" not in log  # no worker died
