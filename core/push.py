"""Tells the other hosts of a site what was written on this one, through Redis.

    tell(mask)      after a commit: a new common generation, and a message
    listen()        in each worker: what others tell gives this host new generations

Promises: a message takes as long as the network does. While the link is down is_up() is False:
what is in memory holds for a second only, and is dropped when the link breaks and when it is
back, for nobody knows what was missed. A Redis that is away costs a writer one short wait, then
none; what could not be told is told when it is back. Without CACHE_URL nothing of this happens.
"""

import logging
import os
import secrets
import threading
import time
from collections import deque
from functools import cache
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from core.generations import generations

logger = logging.getLogger(__name__)
CHANNEL = "inkpool:written"
DAY = 86_400  # seconds
PATIENCE = 1.0  # seconds of silence after which Redis is asked whether it is there
REST = 0.5  # seconds between two attempts to reach it


class Link:
    """This process' line to the others; `owed` are masks they could not be told yet."""

    def __init__(self) -> None:
        self.is_up = False
        self.owed: deque[int] = deque()

    def tell(self, mask: int) -> None:
        cache: Any = caches["queries"]
        try:
            with cache.breaker.guard():
                announce(mask)
        except RedisError as error:
            if mask not in self.owed:
                logger.warning("Other hosts will be told later of a write: %s", error)
                self.owed.append(mask)

    def listen(self) -> None:
        while True:
            try:
                self.follow()
            except RedisError as error:
                if self.is_up:
                    self.is_up = False
                    generations().bump_all()
                    logger.warning("The link to other hosts broke: %s", error)
            time.sleep(REST)

    def follow(self) -> None:
        """Until Redis does not answer: apply what the others tell."""
        redis: Any = get_redis_connection("queries")
        with redis.pubsub(ignore_subscribe_messages=True) as line:
            line.subscribe(CHANNEL)
            line.ping()
            generations().bump_all()  # after the subscription: nothing is missed between
            self.is_up = True
            while True:
                if self.owed:
                    self.tell(self.owed.popleft())
                self.hear(line)

    def hear(self, line: Any) -> None:
        message = line.get_message(timeout=PATIENCE)
        if message is None:
            line.ping()
            message = line.get_message(timeout=PATIENCE)
            if message is None:
                raise RedisError("no answer to a ping")
        if message["type"] == "message":
            host, mask = message["data"].split(b" ")
            if int(host) != generations().host:
                generations().bump(int(mask))


def announce(mask: int) -> None:
    """One round trip: the common generation of each subject, and the message."""
    cache = caches["queries"]
    redis: Any = get_redis_connection("queries")
    with redis.pipeline() as pipeline:
        for subject, bit in generations().bits.items():
            if mask & bit:
                key = cache.make_key(f"generation:{subject}")
                pipeline.set(key, secrets.randbits(62), ex=DAY)
        pipeline.publish(CHANNEL, f"{generations().host} {mask}")
        pipeline.execute()


@cache
def link_of(pid: int) -> Link:
    return Link()


def link() -> Link:
    return link_of(os.getpid())


def tell(mask: int) -> None:
    """Never raises: what was committed stays committed."""
    if mask and settings.CACHE_URL:
        link().tell(mask)


def is_up() -> bool:
    """Does this process hear of the other hosts' writes at once? True where there are none."""
    return not settings.CACHE_URL or link().is_up


def listen() -> None:
    """Once in each process; harmless to repeat."""
    if settings.CACHE_URL:
        start(os.getpid())


@cache
def start(pid: int) -> None:
    threading.Thread(target=link_of(pid).listen, name="push", daemon=True).start()
