"""What one host writes, others hear of: the line itself, with a real Redis that can be ill."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.invalidation import broadcast
from core.invalidation.broadcast import CHANNEL, Link
from core.invalidation.generations import Generations, generations
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


def say(text: str) -> None:
    redis: Any = get_redis_connection("queries")
    redis.publish(CHANNEL, text)


class Ended(BaseException):
    """Ends the thread of a link, which nothing else does."""


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """Up, in a thread of its own."""
    monkeypatch.setattr(broadcast, "PATIENCE", 0.1)
    monkeypatch.setattr(broadcast, "REST", 0.02)
    link, over = Link(), threading.Event()
    pay = link.pay

    def pay_or_end() -> None:
        if over.is_set():
            raise Ended
        pay()

    def listen() -> None:
        with pytest.raises(Ended):
            link.listen()

    monkeypatch.setattr(link, "pay", pay_or_end)
    thread = threading.Thread(target=listen)
    thread.start()
    try:
        until(lambda: link.is_up)
        yield link
    finally:
        over.set()
        thread.join()


def test_what_another_host_wrote_is_new_here(link: Link) -> None:
    articles = generations().mask(["articles"])
    before = generations().read(articles), generations().read(generations().mask(["users"]))
    say(f"{OTHER} {articles}")
    until(lambda: generations().read(articles) != before[0])
    assert generations().read(generations().mask(["users"])) == before[1]


def test_what_this_host_told_is_known_already(link: Link) -> None:
    broadcast.announce(1)
    before = now()
    say(f"{OTHER} 0")  # is heard after it
    until(lambda: link.is_up)
    time.sleep(0.05)
    assert now() == before


@pytest.mark.parametrize("text", ["", "7", "a b", "7 x", f"{OTHER} {2**70}", "\0" * 9, "7 -1"])
def test_what_nobody_understands_counts_as_everything(link: Link, text: str) -> None:
    before = now()
    say(text)
    until(lambda: now() != before)
    assert link.is_up


def test_a_release_with_more_subjects_does_no_damage(link: Link) -> None:
    host, before = generations().host, now()
    say(f"{OTHER} {2**62 + 2**61 + 1}")
    until(lambda: now() != before)
    assert generations().host == host


def test_it_is_up_once_it_is_subscribed_and_drops_what_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is told between connecting and being subscribed is told to nobody."""
    link, before = Link(), now()
    monkeypatch.setattr(broadcast, "PATIENCE", 0.05)

    class Deaf:
        """A frozen Redis: takes what is sent and says nothing."""

        def subscribe(self, channel: str) -> None: ...
        def get_message(self, timeout: float) -> None: ...
        def __enter__(self) -> "Deaf":
            return self

        def __exit__(self, *args: object) -> None: ...

    client = type("Client", (), {"pubsub": lambda self: Deaf()})
    monkeypatch.setattr(broadcast, "get_redis_connection", lambda alias: client())
    with pytest.raises(RedisError, match="no answer"):
        link.follow()
    assert (link.is_up, now()) == (False, before)


def test_a_line_that_breaks_drops_what_was_kept_and_comes_back(link: Link) -> None:
    before = now()
    client: Any = get_redis_connection("queries")
    client.client_kill_filter(_type="pubsub")
    until(lambda: now() != before)
    until(lambda: link.is_up)


def test_an_error_of_any_kind_does_not_end_the_listening(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(broadcast, "apply", lambda said: 1 / 0)
        say("whatever")
        until(lambda: not link.is_up)
    until(lambda: link.is_up)


def test_what_could_not_be_told_is_told_later(
    link: Link, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told, announce = [], broadcast.announce

    def away(mask: int) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(broadcast, "announce", away)
    for _ in range(3):
        link.tell(1)
    assert [record.message for record in caplog.records if "later" in record.message] == [
        "Other hosts will be told later of a write: away"
    ]
    monkeypatch.setattr(broadcast, "announce", lambda mask: (announce(mask), told.append(mask)))
    until(lambda: told == [1])  # though the breaker still rests
    assert not link.owed
    caches["queries"].breaker.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["full", "readonly", "disk", "replicas"])
def test_write_is_heard_while_redis_refuses_writes(link: Link, state: str) -> None:
    """A full Redis still passes messages on; the other states are owed a new generation as well."""
    heard: list[bytes] = []
    redis: Any = get_redis_connection("queries")
    with redis.pubsub(ignore_subscribe_messages=True) as other_host, in_state(redis, state):
        other_host.subscribe(CHANNEL)
        link.tell(1)
        until(
            lambda: (message := other_host.get_message()) and heard.append(message["data"]) is None
        )
        assert heard == [f"{generations().host} 1".encode()]
        assert bool(link.owed) == (state != "full")
        before = generations().link
        time.sleep(5 * broadcast.PATIENCE)  # for some PINGs
        assert (link.is_up, generations().link) == (True, before)
    until(lambda: not link.owed)


def test_full_redis_keeps_no_generation_of_before_a_write() -> None:
    redis: Any = get_redis_connection("queries")
    place = caches["queries"].make_key("generation:articles")
    redis.set(place, 1)
    with in_state(redis, "full"):
        broadcast.announce(generations().mask(["articles"]))
        assert not redis.exists(place)


def test_a_link_that_is_back_closes_the_breaker(link: Link) -> None:
    breaker = caches["queries"].breaker  # type: ignore[attr-defined]
    breaker.open()
    assert breaker.is_open
    link.turn(up=True)
    assert not breaker.is_open


def test_whatever_keeps_a_write_from_being_told_does_not_undo_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(mask: int) -> None:
        raise ValueError("no error of Redis")

    monkeypatch.setattr(broadcast, "announce", fail)
    ours = broadcast.Link()
    ours.tell(1)
    assert [*ours.owed] == [1]


@pytest.mark.parametrize("up", [True, False])
def test_each_turn_of_the_line_drops_what_was_kept(up: bool) -> None:
    """What was missed before, or will be from here on, is known to nobody."""
    before = now()
    broadcast.Link().turn(up=up)
    assert now() != before


def test_a_line_that_gets_no_thread_is_begun_later(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ours = [], broadcast.Link()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", raising(RuntimeError("can't start new thread")))
        ours.begin()
    monkeypatch.setattr(ours, "listen", lambda: begun.append(True))
    ours.begin()
    ours.begin()
    until(lambda: begun)
    assert begun == [True]


def raising(error: Exception) -> Callable[[Any], None]:
    def start(thread: Any) -> None:
        raise error

    return start


def test_a_child_has_a_link_of_its_own() -> None:
    ours = broadcast.link()
    pid = os.fork()
    if not pid:
        os._exit(broadcast.link() is ours)
    assert os.waitpid(pid, 0)[1] == 0


def test_hosts_have_numbers_of_their_own(tmp_path: Path) -> None:
    one, other = Generations(tmp_path / "a", ["x"]), Generations(tmp_path / "b", ["x"])
    assert one.host != other.host
    assert Generations(tmp_path / "a", ["x"]).host == one.host
