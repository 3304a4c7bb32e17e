"""The connections to Redis: kept, reopened, and never left with an unread answer."""

import os
import threading
import time

import pytest
from django_redis.pool import ConnectionFactory
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as Stalled

from core.redis_cache import circuit_breaker
from core.sessions import connection
from core.sessions.backend import SessionStoreUnavailable
from core.sessions.redis import SessionStore
from core.workers.per_process import per_process
from tests.core.sessions.conftest import PREFIX


@pytest.fixture
def pool(redis, monkeypatch):
    """A connection pool for this test alone."""
    pool = new_pool(redis)
    monkeypatch.setattr(connection, "pool", lambda: pool)
    monkeypatch.setattr(connection, "idle", per_process(list))
    yield pool
    pool.disconnect()


@pytest.fixture
def alices(pool):
    session = SessionStore()
    session["user"] = "alice"
    session.save()
    return lambda: SessionStore(session.session_key)


def new_pool(redis, **options):
    kwargs = redis.connection_pool.connection_kwargs
    url = f"unix://{kwargs['path']}" if "path" in kwargs else f"redis://{kwargs['host']}"
    pool = ConnectionFactory({}).get_connection_pool({"url": url, "socket_timeout": 1})
    pool.connection_kwargs |= options | {"db": kwargs.get("db", 0)}
    pool.connection_kwargs |= {name: kwargs.get(name) for name in ("port",) if name in kwargs}
    return pool


def opened(pool):
    return pool._created_connections


def test_one_connection_serves_all_commands_of_a_thread(pool, alices):
    for number in range(5):
        session = alices()
        session["number"] = number
        session.save()
    assert (opened(pool), len(connection.idle())) == (1, 1)


def test_connection_closed_by_redis_is_reopened(redis, pool, alices):
    redis.client_kill_filter(_id=connection.execute("CLIENT", "ID"))
    session = alices()
    session["basket"] = 1
    redis.client_kill_filter(_id=connection.execute("CLIENT", "ID"))
    session.save()
    assert (alices()["basket"], opened(pool)) == (1, 1)


@pytest.mark.parametrize("error", [Stalled("late"), KeyboardInterrupt()], ids=repr)
def test_unread_answer_is_not_read_by_the_next_command(pool, alices, monkeypatch, error):
    def give_up(self, *args, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("redis.connection.Connection.read_response", give_up)
        patch.setattr("redis.connection.UnixDomainSocketConnection.read_response", give_up)
        with pytest.raises((SessionStoreUnavailable, KeyboardInterrupt)):
            alices().get("user")
    connection.breaker.close()
    assert connection.execute("ECHO", "mine") == b"mine"
    assert alices()["user"] == "alice"
    assert opened(pool) == 1


def test_a_refused_command_keeps_the_connection(pool, alices):
    with pytest.raises(ResponseError, match="unknown command"):
        connection.execute("NONSENSE")
    assert alices()["user"] == "alice"
    assert opened(pool) == 1


def test_connections_to_a_former_primary_are_closed_and_opened_again(pool, alices):
    before = connection.execute("CLIENT", "ID")
    connection.close_idle()
    assert connection.execute("CLIENT", "ID") != before
    assert (opened(pool), len(connection.idle())) == (1, 1)


def test_a_pool_that_is_used_up_is_an_outage(pool, alices):
    pool.max_connections = 1
    lent = connection.idle_or_new()
    with pytest.raises(SessionStoreUnavailable):
        alices().get("user")
    assert not connection.breaker.is_open
    connection.idle().append(lent)
    assert alices()["user"] == "alice"


def test_forked_process_shares_no_connection(redis, pool, alices):
    ours = connection.execute("CLIENT", "ID")
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            kept = len(connection.idle())
            theirs = connection.execute("CLIENT", "ID")
            os.write(write, f"{kept} {theirs} {alices()['user']}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    kept, theirs, user = os.read(read, 100).decode().split()
    os.close(read)
    os.close(write)
    assert (kept, int(theirs) != ours, user) == ("0", True, "alice")
    assert connection.execute("CLIENT", "ID") == ours


@pytest.mark.parametrize("options", [{"decode_responses": True}, {"protocol": 2}], ids=str)
def test_an_option_of_the_url_changes_nothing(redis, monkeypatch, options):
    pool = new_pool(redis, **options)
    monkeypatch.setattr(connection, "pool", lambda: pool)
    monkeypatch.setattr(connection, "idle", per_process(list))
    first = SessionStore()
    first["user"] = "alice"
    first.save()
    other = SessionStore(first.session_key)
    other["basket"] = 1
    other.save()
    first["theme"] = "dark"
    first.save()
    assert first["basket"] == 1
    pool.disconnect()


def test_full_redis_refuses_writes_and_keeps_sessions(redis, pool, alices):
    """A Redis at its memory limit refuses writes; a rotation then keeps the old session."""
    session = alices()
    session["basket"] = "x" * 1000
    session.cycle_key()
    limit = redis.config_get("maxmemory")["maxmemory"]
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(SessionStoreUnavailable, match=r"OOM|memory"):
            session.save()
        assert alices()["user"] == "alice"
    finally:
        redis.config_set("maxmemory", limit)
    session.save()
    assert SessionStore(session.session_key)["basket"] == "x" * 1000


def test_a_large_session_is_sent_once(redis, pool, alices):
    session = alices()
    session["large"] = "x" * 2_000_000
    session.save()
    before = redis.info("stats")["total_net_input_bytes"]
    session["small"] = 1
    session.save()
    sent = redis.info("stats")["total_net_input_bytes"] - before
    assert 2_000_000 < sent < 2_100_000
    assert redis.strlen(PREFIX + session.id_hash) > 2_000_000


def test_after_a_failure_no_request_waits_for_redis(pool, alices, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PAUSE", 0.02)
    sent = []

    def stall(self, *args, **options):
        sent.append(threading.current_thread())
        raise Stalled("late")

    with monkeypatch.context() as patch:
        patch.setattr("redis.connection.AbstractConnection.send_command", stall)
        while len(sent) < 5:
            with pytest.raises(SessionStoreUnavailable):
                alices().get("user")
    assert sent.count(threading.current_thread()) == 1
    while connection.breaker.is_open:
        time.sleep(0.001)
    assert alices()["user"] == "alice"
