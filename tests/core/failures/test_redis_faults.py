"""Each kind of fault of a real Redis: its name, what /readyz and /metrics say, who is served."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from redis import Redis
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    MaxConnectionsError,
    NoScriptError,
    RedisError,
    ResponseError,
)

from core.failures.redis_faults import FAULTS, fault, is_outage, refuses_writes
from core.monitoring.cache_report import breakers
from core.redis_cache.cache_backend import RedisCache
from core.redis_cache.redis_health import numbers
from core.sessions import connection
from core.sessions.backend import SessionStoreUnavailable
from core.workers.per_process import MISSING
from tests.factories import PASSWORD, make_article, make_user
from tests.redis_states import STATES, cut_off, in_state

needs_redis = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)
WRITES_ONLY = ["full", "readonly", "disk", "replicas"]
# Seen as a broken pipe where the client writes before it has read why Redis hangs up.
HUNG_UP = {"clients": {"clients", "unreachable"}}


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ResponseError("ERR Error running script: @user_script: 4: -OOM command not al"), "full"),
        (ResponseError("NOPERM this user has no permissions"), "auth"),
        (AuthenticationError("invalid username-password pair"), "auth"),
        (MaxConnectionsError("Too many connections"), "clients"),
        (ConnectionError("Error 111 connecting to h:6379."), "unreachable"),
        (RedisError("Protocol Error"), "other"),
        (ResponseError("WRONGTYPE Operation against a key holding the wrong kind"), ""),
        (ResponseError("ERR unknown command 'NONSENSE'"), ""),
        (NoScriptError("No matching script."), ""),
        (ValueError("OOM"), ""),
        (None, ""),
    ],
)
def test_fault_is_named_by_the_exception(error: Exception | None, name: str) -> None:
    assert fault(error) == name
    assert is_outage(error) == bool(name)
    assert not name or name in FAULTS


def test_our_own_error_has_the_name_of_its_cause() -> None:
    error = SessionStoreUnavailable("OOM command not allowed")
    assert fault(error) == "other"
    error.__cause__ = ResponseError("READONLY You can't write against a read only replica.")
    assert fault(error) == "readonly"
    assert refuses_writes(error)


@pytest.fixture
def redis() -> Iterator[Any]:
    """The site's Redis, by a connection of the test's own; afterwards its breaker is closed."""
    cache: Any = caches["default"]
    kwargs = cache.client.get_client(write=True).connection_pool.connection_kwargs
    wanted = {name: kwargs[name] for name in ("path", "host", "port", "db") if name in kwargs}
    path = {"unix_socket_path": wanted.pop("path")} if "path" in wanted else {}
    with Redis(**wanted, **path, decode_responses=True) as client:
        client.ping()
        yield client
    cache.breaker.close()
    connection.breaker.close()


@pytest.fixture(autouse=True)
def new_numbers(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from nothing, in this test's RUN_DIR."""
    settings.INKPOOL_RUN_DIR = tmp_path
    known = [*numbers.values(), connection.breaker.numbers]
    known += [each.breaker.numbers for each in caches.all() if isinstance(each, RedisCache)]
    for each in known:
        monkeypatch.setattr(each.file, "_made", MISSING)


def counted() -> dict[str, dict[str, int]]:
    return {row["redis"]: row["errors"] for row in breakers()}


@needs_redis
@pytest.mark.django_db
@pytest.mark.parametrize("name", STATES)
def test_readyz_and_metrics_name_the_state(
    client: Client, redis: Any, settings: Any, name: str
) -> None:
    settings.INKPOOL_METRICS_KEY = "a-key"
    with in_state(redis, name):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["redis"] in HUNG_UP.get(name, {name})
    name = answer.json()["redis"]
    assert answer.json()["reason"] == f"cache: {name}, sessions: {name}"
    text = client.get("/metrics", headers={"authorization": "Bearer a-key"}).text
    for use in ("cache", "sessions"):
        assert f'inkpool_redis_errors_total{{class="{name}",redis="{use}"}} 1.0' in text
    assert client.get("/readyz").json()["status"] == "ready"


@needs_redis
@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES_ONLY)
def test_signed_in_reader_keeps_reading_while_redis_refuses_writes(
    client: Client, redis: Any, name: str
) -> None:
    article = make_article(make_user("alice_writes"), title="Still read")
    make_user("bob_reads")
    sign_in(client)
    with in_state(redis, name):
        for path in ("/", article.get_absolute_url(), "/account/sessions/"):
            answer = client.get(path, follow=True)
            assert answer.status_code == 200
            assert "bob_reads" in answer.text
        assert sign_in(Client()).status_code == 503
    assert client.get("/articles/new/").status_code == 200
    assert counted()["cache"][name] > 0
    assert sign_in(Client()).status_code == 302


def sign_in(client: Client) -> Any:
    return client.post("/login", {"name": "bob_reads", "pwd": PASSWORD})


@needs_redis
@pytest.mark.django_db
def test_sign_in_at_a_full_redis_says_that_reading_goes_on(client: Client, redis: Any) -> None:
    make_user("bob_reads")
    with in_state(redis, "full"):
        answer = sign_in(client)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Signing in is not possible at the moment; everything can still be read" in answer.text
    assert "saving are not possible" not in answer.text  # articles are in the database
    assert counted()["cache"]["full"] > 0


@needs_redis
@pytest.mark.django_db
def test_signing_out_works_while_redis_is_full(client: Client, redis: Any) -> None:
    make_user("bob_reads")
    sign_in(client)
    with in_state(redis, "full"):
        assert client.post("/logout").status_code == 302
        assert client.get("/account/sessions/").status_code == 302


@needs_redis
@pytest.mark.parametrize("name", STATES)
def test_each_call_of_the_cache_counts_its_fault(redis: Any, name: str) -> None:
    with in_state(redis, name), pytest.raises(RedisError):
        caches["default"].set("a", 1)
    caches["default"].breaker.close()  # type: ignore[attr-defined]
    assert set(counted()["cache"]) <= HUNG_UP.get(name, {name})


@needs_redis
@pytest.mark.parametrize("name", STATES)
def test_each_command_of_a_session_counts_its_fault(redis: Any, name: str) -> None:
    with in_state(redis, name), pytest.raises(SessionStoreUnavailable) as raised:
        connection.execute("SET", "test-session:a", b"1", "EX", 5)
    assert [fault(raised.value)] == [*counted()["sessions"]]
    assert fault(raised.value) in HUNG_UP.get(name, {name})


@needs_redis
def test_replica_without_its_primary_refuses_reads_too(redis: Any) -> None:
    with cut_off(redis), pytest.raises(RedisError) as raised:
        caches["default"].get("a")
    assert (fault(raised.value), refuses_writes(raised.value)) == ("primary", False)
    assert counted()["cache"] == {"primary": 1}


@contextmanager
def answering(reply: bytes, at: Path) -> Iterator[None]:
    """A server which says the same to whatever it is sent; nothing at all for b""."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(at))
        server.listen()
        thread = threading.Thread(target=serve, args=[server, reply])
        thread.start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def serve(server: socket.socket, reply: bytes) -> None:
    lines: list[socket.socket] = []
    while True:
        try:
            lines.append(server.accept()[0])
        except OSError:
            break
        threading.Thread(target=say, args=[lines[-1], reply], daemon=True).start()
    for line in lines:
        line.close()


def say(line: socket.socket, reply: bytes) -> None:
    try:
        while line.recv(65536):
            line.sendall(reply * bool(reply))
    except OSError:
        return


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "loading"),
        (b"-NOAUTH Authentication required.\r\n", "auth"),
        (b"-CLUSTERDOWN The cluster is down\r\n", "primary"),
        (b"", "timeout"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fault_is_named_by_the_servers_reply(tmp_path: Path, reply: bytes, name: str) -> None:
    place = tmp_path / "redis.sock"
    with answering(reply, place):
        assert raised_by(cache_at(place).write) == name


def test_missing_server_is_unreachable(tmp_path: Path) -> None:
    assert raised_by(cache_at(tmp_path / "none.sock").write) == "unreachable"


def cache_at(place: Path) -> RedisCache:
    from core.settings import redis_cache

    entry = redis_cache(f"unix://{place}", "test-cache")
    entry["OPTIONS"] |= {"SOCKET_TIMEOUT": 0.2, "SOCKET_CONNECT_TIMEOUT": 0.2}
    return RedisCache(entry.pop("LOCATION"), entry)


def raised_by(ask: Callable[[], object]) -> str:
    with pytest.raises(RedisError) as raised:
        ask()
    return fault(raised.value)
