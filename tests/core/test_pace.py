"""A Redis that answers late is no cache: the database is asked instead, until it is quick again."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from core import query_cache, redis_cache
from core.pace import ENOUGH, LATE, Pace
from core.redis_cache import CacheAway
from core.settings import redis_cache as configured
from tests.factories import make_article, make_user
from tests.services import redis, short_folder

LATENESS = 0.3  # seconds


class Line:
    """A socket before a Redis, whose answers come `delay` seconds late."""

    def __init__(self, folder: Path) -> None:
        self.target, self.path, self.delay = folder / "redis.sock", folder / "late.sock", 0.0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.server.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            there.connect(str(self.target))
            for each in ((client, there, False), (there, client, True)):
                threading.Thread(target=self.pump, args=each, daemon=True).start()

    def pump(self, source: socket.socket, sink: socket.socket, late: bool) -> None:
        try:
            while data := source.recv(65_536):
                time.sleep(self.delay * late)
                sink.sendall(data)
        except OSError:
            return
        finally:
            sink.close()


@pytest.fixture
def line(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(redis_cache, "REST", 0.02)
    with short_folder() as folder, redis(folder / "redis.sock"):
        line, own = Line(folder), configured(f"unix://{folder}/late.sock", "test")
        settings.CACHES = {**settings.CACHES, "default": own, "queries": own}
        yield line
        line.delay = 0.0
        query_cache.pace.close()
        line.server.close()


def titles() -> list[str]:
    return [each.title for each in Article.objects.published().defer("body")]


def queries() -> int:
    with CaptureQueriesContext(connection) as context:
        assert titles() == ["One"]
    return len(context)


def until_it_is_asked() -> None:
    limit = time.monotonic() + 20
    while query_cache.pace.is_open:
        assert time.monotonic() < limit
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(site.CACHE_URL is None, reason="runs in the pass on MariaDB and Redis")
def test_readers_do_not_wait_for_a_slow_redis_again_and_again(line: Line) -> None:
    make_article(make_user("alice_writes"), title="One")
    caches["default"].set("attempts", 1)
    titles()
    assert queries() == 0
    line.delay = LATENESS
    start = time.monotonic()
    for _ in range(20):
        assert titles() == ["One"]
    assert time.monotonic() - start < ENOUGH + 2 * LATENESS
    assert query_cache.pace.is_open
    assert queries() == 1
    assert caches["default"].incr("attempts") == 2  # late, and right
    line.delay = 0.0
    until_it_is_asked()
    titles()
    assert queries() == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("core.pace.time.monotonic", lambda: now[0])
    return now


def test_one_late_answer_is_forgiven_and_an_error_is_not_called_late(clock: list[float]) -> None:
    pace = Pace("test", lambda: None)
    for took in (LATE * 1.5, 0.0, LATE * 1.5, 0.0):
        with pace.guard():
            clock[0] += took
    with pytest.raises(ValueError, match="no"), pace.guard():
        clock[0] += 9
        raise ValueError("no")
    assert not pace.is_open


def test_while_it_is_slow_it_is_not_asked_and_one_that_answers_late_is_slow(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    took, asked, again = LATE * 2, threading.Event(), threading.Event()

    def ping() -> None:
        (again if asked.is_set() else asked).set()
        clock[0] += took

    monkeypatch.setattr(redis_cache, "REST", 0.01)
    pace = Pace("test", ping)
    with pace.guard():
        clock[0] += ENOUGH * 1.1
    assert again.wait(20)  # the first late answer did not close it
    with pytest.raises(CacheAway, match="slow"), pace.guard():
        raise AssertionError
    took = 0.0
    mender = pace._menders.copy()
    for thread in mender.values():
        thread.join(20)
    assert not pace.is_open
