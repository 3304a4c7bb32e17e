import os
import threading
import time
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import caches
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError

from core.redis_cache import circuit_breaker

pytestmark = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


@pytest.fixture(autouse=True)
def clean():
    yield
    for alias in ("default", "sessions"):
        caches[alias].clear()


def test_clear_removes_keys_of_its_own_prefix_only():
    for number in range(1200):
        caches["default"].set(f"page {number}", number)
    caches["default"].set("other version", 1, version=2)
    caches["sessions"].set("alice", {"user": 1})
    caches["default"].clear()
    assert caches["default"].get("page 7") is None
    assert caches["default"].get("other version", version=2) is None
    assert caches["sessions"].get("alice") == {"user": 1}


def test_pickled_value_in_redis_runs_no_code(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    cache = caches["sessions"]
    redis = cache.client.get_client(write=True)
    redis.set(cache.make_key("alice"), pickle.dumps(Bomb()))
    assert cache.get("alice", "nothing") == "nothing"
    cache.set("bob", 1)
    assert cache.get_many(["alice", "bob"]) == {"bob": 1}
    assert not (tmp_path / "boom").exists()


@pytest.fixture
def away(monkeypatch):
    """Every command to Redis fails. `asked` are the threads that sent one; undo() ends it."""
    asked = []

    def refuse(*args, **kwargs):
        asked.append(threading.current_thread())
        raise RedisConnectionError("away")

    monkeypatch.setattr(circuit_breaker, "PAUSE", 0.02)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redis.connection.AbstractConnection.send_command", refuse)
        yield SimpleNamespace(asked=asked, undo=patch.undo)
    caches["default"].breaker.close()


def until(true):
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.001)


def test_no_caller_waits_for_redis_while_the_breaker_is_open(away):
    cache = caches["default"]
    while len(away.asked) < 6:
        with pytest.raises(RedisConnectionError):
            cache.get("a")
    assert away.asked.count(threading.current_thread()) == 1
    away.undo()
    until(lambda: not cache.breaker.is_open)
    assert cache.get("a") is None


def test_breaker_closes_once_redis_answers_with_any_error(away, monkeypatch):
    """One that does not let us PING, for instance: else it would be away for ever."""
    breaker = caches["default"].breaker

    def refuse():
        raise NoPermissionError("this user has no permissions to run the 'ping' command")

    monkeypatch.setattr(breaker, "ping", refuse)
    breaker.open()
    until(lambda: not breaker.is_open)


def test_simultaneous_failures_start_one_thread(away):
    breaker = caches["default"].breaker
    before = set(threading.enumerate())
    for _ in range(9):
        breaker.open()
    new = set(threading.enumerate()) - before
    assert [each.name for each in new].count("breaker") == 1


def test_breaker_stays_closed_if_no_thread_can_be_started(away, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(3):
        with pytest.raises(RedisConnectionError, match=r"^away"):
            caches["default"].get("a")


def test_breaker_is_closed_in_a_forked_child(away):
    """The thread that would close the breaker has stayed with the parent."""
    breaker = caches["default"].breaker
    breaker.open()
    pid = os.fork()
    if not pid:
        os._exit(breaker.is_open)
    assert os.waitpid(pid, 0)[1] == 0
    assert breaker.is_open
