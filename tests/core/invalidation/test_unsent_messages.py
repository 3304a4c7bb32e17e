"""Messages to other hosts while Redis is away, refuses them, or refuses writes."""

import time
from contextlib import closing

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.invalidation import broadcast
from core.invalidation.broadcast import CHANNEL, Link, publish
from core.invalidation.generations import generations
from tests.core.invalidation.redis_link import redis, until
from tests.redis_states import in_state

pytestmark = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


@pytest.mark.parametrize("error", [RedisConnectionError("away"), ValueError("away")])
def test_message_that_could_not_be_sent_is_sent_later(
    link: Link, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """An error of any kind raises nothing: the write is committed."""
    sent: list[int] = []

    def away(mask: int) -> None:
        raise error

    monkeypatch.setattr(broadcast, "publish", away)
    assert [broadcast.tell(1) for _ in range(3)] == [False] * 3
    assert [record.message for record in caplog.records if "later" in record.message] == [
        "Other hosts will learn of a write later: away"
    ]
    monkeypatch.setattr(broadcast, "publish", sent.append)
    until(lambda: sent == [1] and not link.unsent)


def test_write_during_a_sending_is_sent_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    link, sent = Link(), []

    def publish(mask: int) -> None:
        sent.append(mask)
        if len(sent) == 1:
            link.unsent.add(mask)  # by another thread, whose commit came later

    monkeypatch.setattr(broadcast, "publish", publish)
    link.unsent.add(1)
    assert link.send()
    assert sent == [1, 1]


class Emptied(set[int]):
    """Unsent messages that another thread sends before this one's pop()."""

    def pop(self) -> int:
        self.clear()
        return super().pop()


def test_message_sent_by_another_thread_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link()
    link.unsent = Emptied()
    monkeypatch.setattr(broadcast, "own_link", lambda: link)
    assert broadcast.tell(1)


@pytest.mark.parametrize("state", ["full", "readonly", "disk", "replicas"])
def test_message_is_received_while_redis_refuses_writes(link: Link, state: str) -> None:
    """From a replica, which may be the former primary, it is sent again once a primary answers."""
    client, received = redis(), []
    with client.pubsub(ignore_subscribe_messages=True) as other_host, in_state(client, state):
        other_host.subscribe(CHANNEL)
        until(lambda: other_host.subscribed and other_host.get_message() is None)
        assert broadcast.tell(1) == (state != "readonly")
        until(lambda: (message := other_host.get_message()) and not received.append(message))
        assert received[0]["data"].startswith(f"{generations().host} 1 ".encode())
        before = generations().link
        time.sleep(5 * broadcast.PATIENCE)  # for some PINGs
        assert (link.is_up, generations().link) == (True, before)
        assert state == "readonly" or not link.unsent
        until(lambda: link.unsent or state != "readonly")
    until(lambda: not link.unsent)


def test_refusal_of_a_message_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the user of CACHE_URL may not publish (NOPERM)."""
    client = redis()
    client.acl_setuser("mute", enabled=True, nopass=True, commands=["+@all", "-publish"],
                       keys=["*"], channels=["*"])  # fmt: skip
    try:
        mute = Redis.from_url(str(settings.INKPOOL_CACHE_URL), username="mute", password="any")
        with closing(mute):
            monkeypatch.setattr(broadcast, "get_redis_connection", lambda alias: mute)
            with pytest.raises(RedisError, match="permission"):
                publish(1)
    finally:
        client.acl_deluser("mute")


def test_write_costs_redis_one_message_and_no_key() -> None:
    client, keys = redis(), set(redis().scan_iter())
    with client.monitor() as monitor:
        broadcast.tell(1)
        client.echo("over")
        names: list[str] = []
        while "ECHO" not in names:
            names.append(monitor.next_command()["command"].split()[0])
    assert [name for name in names if name not in ("HELLO", "CLIENT", "SELECT")] == [
        "PUBLISH", "UNLINK", "ECHO",
    ]  # fmt: skip
    assert set(client.scan_iter()) == keys
