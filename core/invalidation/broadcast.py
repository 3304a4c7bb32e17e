"""Tells the other hosts of a site what was written on this one, through Redis.

    tell(mask)      after a commit: a new common generation, and a message
    listen()        in a server: what others tell gives this host new generations

Promises: a message takes as long as the network does. While the link is down is_up() is False:
what is in memory holds for a second only, and is dropped when the link breaks and when it is
back, for nobody knows what was missed. A Redis that is away costs a writer one short wait, then
none; what could not be told is told when it is back, by processes that listen. Nothing that is
published on the channel ends the listening. A process opens its line when it first keeps or tells
something, never before a fork, so no socket is shared. Without CACHE_URL nothing of this happens.
"""

import logging
import os
import re
import secrets
import threading
import time
from collections import deque
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import RedisError, ResponseError

from core.failures.redis_faults import fault
from core.invalidation.generations import generations
from core.shared_memory.cache_counters import LINK, Numbers

logger = logging.getLogger(__name__)
numbers = Numbers("link", LINK)
CHANNEL = "inkpool:written"
DAY = 86_400  # seconds
PATIENCE = 1.0  # seconds of silence after which Redis is asked whether it is there
REST = 0.5  # seconds between two attempts to reach it
SAID = re.compile(rb"(?P<host>\d{1,19}) (?P<mask>\d{1,19})")


class Link:
    """This process' line to the others; `owed` are masks they could not be told yet."""

    def __init__(self) -> None:
        self.is_up = False
        self.owed: deque[int] = deque()
        self._begun = threading.Lock()

    def begin(self) -> None:
        """Listen from now on, in a thread; harmless to repeat."""
        if not self._begun.acquire(blocking=False):
            return
        try:
            threading.Thread(target=self.listen, name="push", daemon=True).start()
        except RuntimeError as error:  # too many threads, or the process ends
            self._begun.release()
            logger.warning("Other hosts cannot be heard yet: %s", error)

    def tell(self, mask: int) -> None:
        cache: Any = caches["queries"]
        try:
            with cache.breaker.guard():
                announce(mask)
        except Exception as error:  # what was committed stays committed
            self.owe(mask, error)

    def owe(self, mask: int, error: Exception) -> None:
        numbers.add("owed")
        if mask not in self.owed:
            logger.warning("Other hosts will be told later of a write: %s", error)
            self.owed.append(mask)

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
        """Until Redis does not answer: apply what the others tell."""
        redis: Any = get_redis_connection("queries")
        with redis.pubsub() as line:
            line.subscribe(CHANNEL)
            heard(line)  # that it is subscribed: from here on nothing is missed
            self.turn(up=True)
            while True:
                self.pay()
                self.hear(line)

    def turn(self, *, up: bool) -> None:
        self.is_up = up
        numbers.set(is_up=up)
        generations().bump_link()  # what was missed, or will be, is known to nobody
        if up:
            cast(Any, caches["queries"]).breaker.close()  # it does answer

    def pay(self) -> None:
        """Tell what is owed, past the breaker: this thread may wait, and knows Redis is there."""
        while self.owed:
            mask = self.owed.popleft()
            try:
                end_common(mask)  # no message to the others as long as this is refused
                announce(mask)
            except RedisError:
                self.owed.append(mask)
                return

    def hear(self, line: Any) -> None:
        message = line.get_message(timeout=PATIENCE) or answered(line)
        if message["type"] == "message":
            apply(message["data"])


def heard(line: Any) -> Any:
    message = line.get_message(timeout=PATIENCE)
    if message is None:
        raise RedisError("no answer in time")
    return message


def answered(line: Any) -> Any:
    """What comes after a silence: the answer to PING, which may be a refusal (MISCONF, BUSY)."""
    line.ping()
    try:
        return heard(line)
    except ResponseError:
        return {"type": "pong"}


def apply(said: bytes) -> None:
    """What another host wrote. Whatever is not of this release's form counts as everything."""
    found = SAID.fullmatch(said)
    if found is None:
        generations().bump_all()
    elif int(found["host"]) != generations().host:
        numbers.add("heard")
        generations().bump(int(found["mask"]))


def announce(mask: int) -> None:
    """One round trip: the common generation of each subject, and the message.

    The message goes out also where Redis refuses the generation, which raises; but a full Redis
    refuses SET and not UNLINK, and without a generation nothing that is kept there holds.
    """
    redis: Any = get_redis_connection("queries")
    with redis.pipeline(transaction=False) as pipeline:  # a full Redis queues no transaction
        for place in common(mask):
            pipeline.set(place, secrets.randbits(62), ex=DAY)
        pipeline.publish(CHANNEL, f"{generations().host} {mask}")
        try:
            pipeline.execute()
        except ResponseError as error:
            if fault(error) != "full":
                raise
            cast(Any, caches["queries"]).breaker.failed(error)
            end_common(mask)


def end_common(mask: int) -> None:
    get_redis_connection("queries").unlink(*common(mask))


def common(mask: int) -> list[str]:
    """The keys of the generations that all hosts share."""
    bits, cache = generations().bits, caches["queries"]
    return [cache.make_key(f"generation:{subject}") for subject in bits if mask & bits[subject]]


links: dict[int, Link] = {}  # by process
serving = False


def link() -> Link:
    """This process' own; in a server it has begun to listen."""
    found = links.get(os.getpid()) or links.setdefault(os.getpid(), Link())
    if serving:
        found.begin()
    return found


def tell(mask: int) -> None:
    """Never raises: what was committed stays committed."""
    if mask and settings.INKPOOL_CACHE_URL:
        link().tell(mask)


def is_up() -> bool:
    """Does this process hear of the other hosts' writes at once? True where there are none."""
    return not settings.INKPOOL_CACHE_URL or link().is_up


def listen() -> None:
    """This process, and what is forked from it, serves: each listens once it has a use for it."""
    global serving
    serving = True
