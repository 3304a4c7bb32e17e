"""Counts attempts within a sliding window of time (Flask: what Flask-Limiter is used for).

    PREVIEWS = Limit("preview", 60, 5 * 60)
    wait = over(PREVIEWS, str(user.pk))       seconds to wait if there are too many, else 0

The times of the latest attempts that passed are kept (a "sliding window log"): one more passes if
the oldest of them is outside the window. So no span of that length holds more than the limit.

Guarantees: one script of Redis, or one UPDATE of the database if the cache is not in Redis,
compares and counts, so parallel attempts count too, those of other workers included. In the
database a new subject costs a DELETE of expired rows and an INSERT as well. A damaged count starts
again. If the store does not answer, its error is raised, so no attempt passes
uncounted.
"""

import hashlib
import math
import time
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from core.db.deadlock_retry import retry_deadlocks
from core.http.models import AttemptLog

DIGITS = 13  # of a time in milliseconds, from 2001 to 2286
ADMIT = """
local most, now, since, window = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
local oldest = redis.pcall('LINDEX', KEYS[1], most - 1)
if type(oldest) == 'table' then redis.call('UNLINK', KEYS[1]) oldest = nil end
oldest = tonumber(oldest or '')
if oldest and oldest > since then return oldest end
redis.call('LPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""
GIVE_BACK = "return redis.pcall('LPOP', KEYS[1]) and 1 or 0"
FORGET = "return redis.call('UNLINK', KEYS[1])"


class Limit(NamedTuple):
    name: str
    attempts: int
    window: int  # seconds


def over(limit: Limit, subject: str) -> int:
    """Counts one attempt of `subject`; the seconds to wait if there are too many, else 0.

    A refused attempt is not counted: it does not prolong the wait.
    """
    now = int(time.time() * 1000)
    admit = _admit_in_redis if settings.INKPOOL_CACHE_URL else _admit_in_database
    oldest = admit(key_of(limit, subject), limit.attempts, now, limit.window * 1000)
    return max(1, math.ceil((oldest - now) / 1000) + limit.window) if oldest else 0


def give_back(limit: Limit, subject: str) -> None:
    """Takes back one attempt, after a success: the latest that was counted."""
    key = key_of(limit, subject)
    if settings.INKPOOL_CACHE_URL:
        _evaluate(GIVE_BACK, key)
    else:
        AttemptLog.objects.filter(key=key).update(times=Substr("times", DIGITS + 1))


def forget(limit: Limit, subject: str) -> bool:
    """Forgets all attempts of `subject`; False if another request did so first."""
    key = key_of(limit, subject)
    if settings.INKPOOL_CACHE_URL:
        return bool(_evaluate(FORGET, key))
    return bool(AttemptLog.objects.filter(key=key).delete()[0])


def key_of(limit: Limit, subject: str) -> str:
    digest = hashlib.sha256(subject.encode(errors="replace")).hexdigest()
    return f"attempts:{limit.name}:{digest}"


def _evaluate(script: str, key: str, *arguments: int) -> int:
    cache: Any = caches["default"]
    return int(cache.evaluate(script, key, *arguments))


def _admit_in_redis(key: str, most: int, now: int, window: int) -> int:
    return _evaluate(ADMIT, key, most, now, now - window, window)


def _admit_in_database(key: str, most: int, now: int, window: int) -> int:
    """0 if the attempt is counted, else the time of the oldest one that counts against it."""
    return retry_deadlocks(partial(_admit_once, key, most, now, window))


def _admit_once(key: str, most: int, now: int, window: int) -> int:
    if _count_in_row(key, most, now, window):
        return 0
    AttemptLog.objects.filter(expires_at__lt=now).delete()
    row = AttemptLog(key=key, expires_at=now + window)  # without times it counts no attempt
    AttemptLog.objects.bulk_create([row], ignore_conflicts=True)
    if _count_in_row(key, most, now, window):
        return 0
    times = AttemptLog.objects.filter(key=key).values_list("times", flat=True).first()
    if times is None:  # forgotten by another request meanwhile
        return _admit_once(key, most, now, window)
    return int(times[(most - 1) * DIGITS :][:DIGITS] or now)


def _count_in_row(key: str, most: int, now: int, window: int) -> bool:
    """Adds the attempt unless `most` are within the window; False if there is no row yet, too."""
    kept = (most - 1) * DIGITS
    # Times of one length compare as text as they do as numbers; "" stands for fewer than `most`.
    rows = AttemptLog.objects.alias(oldest=Substr("times", kept + 1, DIGITS))
    new = Concat(Value(str(now)), Substr("times", 1, kept)) if kept else Value(str(now))
    free = rows.filter(key=key, oldest__lte=str(now - window))
    return free.update(times=new, expires_at=now + window) == 1
