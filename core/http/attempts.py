"""Counts attempts within a window of time (Flask: what Flask-Limiter is used for).

    PREVIEWS = Limit("preview", 60, 5 * 60)
    wait = over(PREVIEWS, str(user.pk))       seconds to wait when it is one too many, else 0

Promises: an attempt is counted atomically, so parallel ones count too. A damaged count begins
anew. A cache that is away lets nobody through: the error goes up.
"""

import hashlib
import math
import time
from contextlib import suppress
from typing import NamedTuple

from django.core.cache import cache


class Limit(NamedTuple):
    name: str
    attempts: int
    window: int  # seconds


def over(limit: Limit, subject: str) -> int:
    """Counts one attempt of a subject; the seconds to wait when it is one too many, else 0."""
    if counted(key_of(limit, subject), limit.window + 60) <= limit.attempts:
        return 0  # the key is kept a minute longer than it can still be asked for
    return math.ceil(limit.window - time.time() % limit.window)


def counted(key: str, timeout: int) -> int:
    """A damaged or evicted count starts anew: it neither forgives nor locks."""
    cache.add(key, 0, timeout)
    with suppress(ValueError, TypeError):
        count = cache.incr(key)
        if type(count) is int and count > 0:
            return count
    cache.set(key, 1, timeout)
    return 1


def key_of(limit: Limit, subject: str) -> str:
    digest = hashlib.sha256(subject.encode(errors="replace")).hexdigest()
    return f"attempts:{limit.name}:{int(time.time() // limit.window)}:{digest}"
