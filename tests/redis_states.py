"""Puts a real Redis into each state in which it refuses commands, and back.

    with in_state(client, "full"): ...

`client` must be connected already; a state ends with its block, whatever happens there.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

PASSWORD = "no-client-of-a-test-knows-this"


@contextmanager
def configured(client: Any, **options: Any) -> Iterator[None]:
    names = {name.replace("_", "-"): value for name, value in options.items()}
    before = {name: client.config_get(name)[name] for name in names}
    try:
        for name, value in names.items():
            client.config_set(name, value)
        yield
    finally:
        for name, value in before.items():
            client.config_set(name, value)


@contextmanager
def replica(client: Any) -> Iterator[None]:
    """Of a primary that does not answer."""
    client.replicaof("127.0.0.1", 1)
    try:
        yield
    finally:
        client.replicaof("NO", "ONE")


@contextmanager
def cut_off(client: Any) -> Iterator[None]:
    """A replica that refuses reads as well while its primary does not answer."""
    with configured(client, replica_serve_stale_data="no"), replica(client):
        yield


@contextmanager
def disk_failed(client: Any) -> Iterator[None]:
    """A folder stands where the snapshot should be written."""
    name = client.config_get("dbfilename")["dbfilename"]
    place = Path(client.config_get("dir")["dir"]) / name
    with configured(client, save="3600 1"):
        place.unlink(missing_ok=True)  # of another state: a replica's first copy
        place.mkdir()
        try:
            save(client, "err")
            yield
        finally:
            place.rmdir()
            save(client, "ok")
            place.unlink(missing_ok=True)


def save(client: Any, status: str) -> None:
    until(lambda: not client.info("persistence")["rdb_bgsave_in_progress"])
    client.bgsave()
    until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == status)


@contextmanager
def locked(client: Any) -> Iterator[None]:
    """A password that new connections do not send; the old ones are cut."""
    with configured(client, requirepass=PASSWORD):
        disconnect_others(client)
        yield


@contextmanager
def crowded(client: Any) -> Iterator[None]:
    with configured(client, maxclients=1):
        disconnect_others(client)
        yield


def disconnect_others(client: Any) -> None:
    client.client_kill_filter(_type="normal", skipme=True)
    client.client_kill_filter(_type="pubsub", skipme=True)


@contextmanager
def busy(client: Any) -> Iterator[None]:
    """A script that does not end by itself."""
    other = Redis(connection_pool=client.connection_pool)

    def run() -> None:
        with suppress(RedisError):
            other.eval("while true do end", 0)

    with configured(client, lua_time_limit=100):
        thread = Thread(target=run)
        thread.start()
        try:
            until(lambda: says(client.ping, "BUSY"))
            yield
        finally:
            client.script_kill()
            thread.join()


def says(ask: Callable[[], object], word: str) -> bool:
    try:
        ask()
    except RedisError as error:
        return word in str(error)
    return False


def until(true: Callable[[], object]) -> None:
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)


STATES: dict[str, Callable[[Any], Any]] = {
    "full": lambda client: configured(client, maxmemory=1, maxmemory_policy="noeviction"),
    "readonly": replica,
    "replicas": lambda client: configured(client, min_replicas_to_write=1),
    "disk": disk_failed,
    "auth": locked,
    "clients": crowded,
    "busy": busy,
}


@contextmanager
def in_state(client: Any, name: str) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(STATES[name](client))
        yield
