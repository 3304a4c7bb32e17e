"""The link between hosts, with a real Redis that fails in several ways."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.invalidation import broadcast
from core.invalidation.broadcast import CHANNEL, Link, publish
from core.invalidation.generations import generations
from core.workers.per_process import per_process
from tests.redis_states import in_state

pytestmark = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)
OTHER = 4242  # the number of another host


def until(true: Callable[[], object], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)


def now() -> bytes:
    return generations().stamp()


def redis() -> Any:
    return get_redis_connection("default")


def say(text: str) -> None:
    redis().publish(CHANNEL, text)


class Ended(BaseException):
    """Ends the thread of a link, which nothing else does."""


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """Up, in a thread of its own, and the one of this process."""
    monkeypatch.setattr(broadcast, "PATIENCE", 0.1)
    monkeypatch.setattr(broadcast, "REST", 0.02)
    link, over = Link(), threading.Event()
    monkeypatch.setattr(broadcast, "own_link", lambda: link)
    receive = link.next_message

    def receive_or_end(subscription: Any) -> Any:
        if over.is_set():
            raise Ended
        return receive(subscription)

    def listen() -> None:
        with suppress(Ended):
            link.listen()

    monkeypatch.setattr(link, "next_message", receive_or_end)
    thread = threading.Thread(target=listen)
    thread.start()
    try:
        until(lambda: link.is_up)
        yield link
    finally:
        over.set()
        thread.join()


def test_write_of_another_host_outdates_its_subject_alone(link: Link) -> None:
    articles, users = (generations().mask([name]) for name in ("articles", "users"))
    before = generations().read(articles), generations().read(users)
    say(f"{OTHER} {articles}")
    until(lambda: generations().read(articles) != before[0])
    assert generations().read(users) == before[1]


def test_own_message_outdates_nothing(link: Link) -> None:
    articles, users = (generations().mask([name]) for name in ("articles", "users"))
    before = generations().read(articles), generations().read(users)
    broadcast.tell(articles)
    say(f"{OTHER} {users}")  # is received after it
    until(lambda: generations().read(users) != before[1])
    assert generations().read(articles) == before[0]


@pytest.mark.parametrize("text", ["", "7", "a b", "7 x", f"{OTHER} {2**70}", "\0" * 9, "7 -1"])
def test_message_of_an_unknown_form_outdates_everything(link: Link, text: str) -> None:
    before = now()
    say(text)
    until(lambda: now() != before)
    assert link.is_up


def test_message_of_a_release_with_more_subjects_does_no_damage(link: Link) -> None:
    host, before = generations().host, now()
    say(f"{OTHER} {2**62 + 2**61 + 1}")
    until(lambda: now() != before)
    assert generations().host == host


def test_link_is_not_up_before_the_subscription_is_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A message that is sent between connecting and subscribing is lost."""
    link, before = Link(), now()
    monkeypatch.setattr(broadcast, "PATIENCE", 0.05)

    class Frozen:
        """A Redis that takes commands and answers none."""

        def subscribe(self, channel: str) -> None: ...
        def ping(self) -> None: ...
        def get_message(self, timeout: float) -> None: ...
        def __enter__(self) -> "Frozen":
            return self

        def __exit__(self, *args: object) -> None: ...

    client = type("Client", (), {"pubsub": lambda self: Frozen()})
    monkeypatch.setattr(broadcast, "get_redis_connection", lambda alias: client())
    with pytest.raises(RedisError, match="no answer"):
        link.follow()
    assert (link.is_up, now()) == (False, before)


def test_refused_subscription_is_tried_again(link: Link) -> None:
    client = redis()
    with in_state(client, "busy"), suppress(RedisError):
        link.turn(up=False)
        link.follow()  # SUBSCRIBE is refused: BUSY
    assert not link.is_up


def test_broken_link_drops_what_was_kept_and_comes_back(link: Link) -> None:
    before = now()
    redis().client_kill_filter(_type="pubsub")
    until(lambda: now() != before)
    until(lambda: link.is_up)


@pytest.mark.parametrize("up", [True, False])
def test_each_turn_of_the_link_drops_what_was_kept(up: bool) -> None:
    before = now()
    Link().turn(up=up)
    assert now() != before


def test_link_that_is_back_closes_the_breaker(link: Link) -> None:
    breaker = broadcast.breaker()
    breaker.open()
    assert breaker.is_open
    link.turn(up=True)
    assert not breaker.is_open


def test_error_of_any_kind_does_not_end_the_listening(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(broadcast, "apply", lambda message: 1 / 0)
        say("anything")
        until(lambda: not link.is_up)
    until(lambda: link.is_up)


@pytest.mark.parametrize("error", [RedisConnectionError("away"), ValueError("away")])
def test_message_that_could_not_be_sent_is_sent_later(
    link: Link, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Whatever keeps it from being sent raises nothing: the write is committed."""
    sent: list[int] = []

    def away(mask: int) -> None:
        raise error

    monkeypatch.setattr(broadcast, "publish", away)
    assert [broadcast.tell(1) for _ in range(3)] == [False] * 3
    assert [record.message for record in caplog.records if "later" in record.message] == [
        "Other hosts will be told later of a write: away"
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


@pytest.mark.parametrize("state", ["full", "readonly", "disk", "replicas"])
def test_message_is_received_while_redis_refuses_writes(link: Link, state: str) -> None:
    """From a replica, which may be the former primary, it is sent again once a primary answers."""
    client, received = redis(), []
    with client.pubsub(ignore_subscribe_messages=True) as other_host, in_state(client, state):
        other_host.subscribe(CHANNEL)
        until(lambda: other_host.subscribed and other_host.get_message() is None)
        assert broadcast.tell(1) == (state != "readonly")
        until(lambda: (message := other_host.get_message()) and not received.append(message))
        assert received[0]["data"] == f"{generations().host} 1".encode()
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


def test_listening_begins_once_a_thread_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(Link, "listen", lambda self: begun.append(True))
    monkeypatch.setattr(broadcast, "_is_serving", True)
    monkeypatch.setattr(broadcast, "listener", per_process(broadcast.listener.factory))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        broadcast.link()
    assert not begun
    broadcast.link()
    broadcast.link()
    until(lambda: begun)
    assert begun == [True]


def refused(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_forked_child_has_a_link_of_its_own() -> None:
    ours = broadcast.link()
    pid = os.fork()
    if not pid:
        os._exit(broadcast.link() is ours)
    assert os.waitpid(pid, 0)[1] == 0
