"""Counts attempts within a window of time (Flask: what Flask-Limiter is used for).

    PREVIEWS = Limit("preview", 60, 5 * 60)
    wait = over(PREVIEWS, str(user.pk))       seconds to wait if there are too many, else 0

Guarantees: attempts are counted atomically, parallel ones too. A damaged count starts again at 1.
If the cache does not answer, its error is raised, so no attempt passes uncounted.
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
    """Counts one attempt of `subject`; the seconds to wait if there are too many, else 0."""
    if counted(key_of(limit, subject), limit.window + 60) <= limit.attempts:
        return 0  # the key is kept for a minute longer than its window
    return math.ceil(limit.window - time.time() % limit.window)


def counted(key: str, timeout: int) -> int:
    """Adds 1 to the count; one that is damaged or evicted starts again."""
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
