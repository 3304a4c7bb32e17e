"""Tells the other hosts of a site which subjects were written, by messages through Redis.

    tell(mask)      after a commit: publishes the subjects that were written
    listen()        in a server: what other hosts publish gets new generations here

Guarantees: a message takes as long as the network does, and is applied once by all workers of a
host. While the link is down is_up() is False and cached results hold for a second only; they are
dropped when the link breaks, and when it is back unless another worker of this host has listened
meanwhile, since messages may have been missed. An unreachable Redis costs a writer one short wait,
then none: a message that could not be sent is sent later, by a process that listens. A process
connects at its first use, never before a fork, so no socket is shared. Without CACHE_URL there is
one host, and nothing is sent.
"""

import logging
import re
import secrets
import threading
import time
from contextlib import suppress
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from core.invalidation.generations import EVERYTHING, generations
from core.shared_memory.cache_counters import LINK
from core.shared_memory.process_counters import Counters
from core.workers.per_process import per_process

logger = logging.getLogger(__name__)
numbers = Counters("link", LINK)
CHANNEL = "inkpool:written"
PATIENCE = 1.0  # seconds of silence after which Redis is asked whether it is there
REST = 0.5  # seconds between two attempts to reach it
ANSWER = 0.2  # seconds in which another worker of this host answers
MESSAGE = re.compile(rb"(?P<host>\d{1,19}) (?P<mask>\d{1,19}) (?P<number>\d{1,19})")
_is_serving = False


class Link:
    """The link of one process to the other hosts."""

    def __init__(self) -> None:
        self.is_up = self.is_late = False
        self.unsent: set[int] = set()  # masks; add() and pop() are atomic

    def send(self) -> bool:
        """Whether other hosts have been sent everything."""
        while True:
            try:
                mask = self.unsent.pop()
            except KeyError:  # asking first is no use: other threads send, too
                break
            try:
                with breaker().guard():
                    publish(mask)
            except Exception as error:  # what was committed stays committed
                self.unsent.add(mask)
                if not self.is_late:
                    logger.warning("Other hosts will learn of a write later: %s", error)
                self.is_late = True
                return False
        self.is_late = False
        return True

    def listen(self) -> None:
        numbers.set(is_up=False)
        while True:
            try:
                self.follow()
            except Exception as error:  # this thread must not end: is_up would stay as it is
                if self.is_up:
                    self.turn(up=False)
                    numbers.add("broken")
                    logger.warning("The link to other hosts broke: %s", error)
            time.sleep(REST)

    def follow(self) -> None:
        """Apply what other hosts publish. Raises once Redis does not answer."""
        redis: Any = get_redis_connection("default")
        with redis.pubsub() as subscription:
            subscription.subscribe(CHANNEL)
            silences = 0
            while silences < 2:
                message = self.next_message(subscription)
                silences = 0 if message else silences + 1
                if message is None:
                    subscription.ping()
                elif message["type"] == "subscribe":  # from here on no message is missed
                    self.turn(up=True, has_missed=not is_another_listening(redis))
                elif message["type"] == "message":
                    self.apply(message["data"])
                self.send()
        raise RedisError("no answer in time")

    def next_message(self, subscription: Any) -> Any:
        """None after PATIENCE. A refusal of PING (MISCONF, BUSY) is an answer, too."""
        try:
            return subscription.get_message(timeout=PATIENCE)
        except ResponseError:
            if self.is_up:
                return {"type": "pong"}
            raise  # it is SUBSCRIBE that was refused

    def apply(self, message: bytes) -> None:
        """A message of another form than this release's counts as a write to everything."""
        found = MESSAGE.fullmatch(message)
        if found is None:
            generations().bump(EVERYTHING)
            return
        host, mask, number = map(int, found.groups())
        if host != generations().host:
            is_first = generations().hear(number, mask)
            numbers.add("heard", is_first and mask != 0)  # 0 is a question, no write
        elif not mask and self.is_up:  # the question of is_another_listening()
            generations().hear(number, 0)

    def turn(self, *, up: bool, has_missed: bool = True) -> None:
        if has_missed:  # messages before, or will miss them from now on
            generations().bump_link()
        self.is_up = up
        numbers.set(is_up=up)
        if up:
            breaker().close()  # Redis has answered


def breaker() -> Any:
    """Of the calls to this Redis, in all threads."""
    return cast(Any, caches["default"]).breaker


def new_number() -> int:
    """By which the workers of a host know a message; 0 is none."""
    return secrets.randbits(62) + 1


def is_another_listening(redis: Any) -> bool:
    """Whether another worker of this host has heard every message until now: it is up, and the
    question, a message without subjects, has reached it after all others."""
    number = new_number()
    with suppress(ResponseError):  # it may not publish, or Redis is busy: no answer
        redis.publish(CHANNEL, f"{generations().host} 0 {number}")
    deadline = time.monotonic() + ANSWER
    while not (is_heard := generations().has_heard(number)) and time.monotonic() < deadline:
        time.sleep(ANSWER / 20)
    return is_heard


def publish(mask: int) -> None:
    """One round trip. A replica takes PUBLISH, which no subscriber of its primary receives, but no
    UNLINK, even of a key that does not exist: it raises ReadOnlyError."""
    redis: Any = get_redis_connection("default")
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.publish(CHANNEL, f"{generations().host} {mask} {new_number()}")
        pipeline.unlink(CHANNEL)
        published, unlinked = pipeline.execute(raise_on_error=False)
    if isinstance(published, Exception):
        raise published
    if isinstance(unlinked, ReadOnlyError):
        raise unlinked


own_link = per_process(Link)


@per_process
def listener() -> threading.Thread:
    thread = threading.Thread(target=own_link().listen, name="broadcast", daemon=True)
    thread.start()
    return thread


def link() -> Link:
    """This process's own; in a server it listens from the first use on."""
    if _is_serving:
        with suppress(RuntimeError):  # too many threads: the next use tries again
            listener()
    return own_link()


def tell(mask: int) -> bool:
    """Publish what was written; False if it is published later. Never raises."""
    if not mask or not settings.INKPOOL_CACHE_URL:
        return True
    link().unsent.add(mask)
    if link().send():
        return True
    numbers.add("owed")
    return False


def is_up() -> bool:
    """Does this process receive other hosts' messages? True where there is one host."""
    return not settings.INKPOOL_CACHE_URL or link().is_up


def listen() -> None:
    """This process, and those forked from it, are a server's: they receive messages."""
    global _is_serving
    _is_serving = True
