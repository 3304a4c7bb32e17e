"""The link between hosts, with a real Redis that fails in several ways."""

import os
import threading
from contextlib import suppress

import pytest
from django.conf import settings
from redis.exceptions import RedisError

from core.invalidation import broadcast
from core.invalidation.broadcast import Link
from core.invalidation.generations import generations
from core.workers.per_process import per_process
from tests.core.invalidation.redis_link import now, redis, say, say_written, until
from tests.redis_states import in_state

pytestmark = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


def test_write_of_another_host_outdates_its_subject_alone(link: Link) -> None:
    articles, users = (generations().mask([name]) for name in ("articles", "users"))
    before = generations().read(articles), generations().read(users)
    say_written(articles)
    until(lambda: generations().read(articles) != before[0])
    assert generations().read(users) == before[1]


def test_own_message_outdates_nothing(link: Link) -> None:
    articles, users = (generations().mask([name]) for name in ("articles", "users"))
    before = generations().read(articles), generations().read(users)
    broadcast.tell(articles)
    say_written(users)  # is received after it
    until(lambda: generations().read(users) != before[1])
    assert generations().read(articles) == before[0]


@pytest.mark.parametrize("text", ["", "7 1", "a b", "7 x 1", f"7 {2**70} 1", "\0" * 9, "7 -1 1"])
def test_message_of_an_unknown_form_outdates_everything(link: Link, text: str) -> None:
    before = now()
    say(text)
    until(lambda: now() != before)
    assert link.is_up


def test_message_of_a_release_with_more_subjects_does_no_damage(link: Link) -> None:
    host, before = generations().host, now()
    say_written(2**62 + 2**61 + 1)
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
        patch.setattr(link, "apply", lambda message: 1 / 0)
        say("anything")
        until(lambda: not link.is_up)
    until(lambda: link.is_up)


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
