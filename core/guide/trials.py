"""What the live tour at /docs/try/ lets one do: each trial gives rows of what it saw.

Promises: nothing shows a session's id, only its hash; what a trial occupies is given back
within seconds. A server that does not answer ends the trial as it ends any request: 503.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import ResponseError

from core.g import g
from core.mysql_pool.registry import all_pools
from core.sessions import database, redis
from core.sessions.store import Store
from core.sessions.wire import ask
from core.sql import fetch_one

Rows = list[tuple[str, str]]
NAME = "tour-name"
KEPT = 60  # seconds
QUERIES = 10

tried = Signal()  # sender: a word; word
_one_at_a_time = threading.Lock()


def session(request: HttpRequest) -> Rows:
    """The session of who asks, where it is kept, and for how long."""
    kept = cast(Store, request.session)
    visits, id_hash = kept.increment("tour"), kept.id_hash
    if id_hash is None:
        return [(_("session"), _("a new one, stored with this answer; try again"))]
    return [
        (_("kept under"), where(id_hash)),
        (_("time to live"), seconds(life_of(id_hash))),
        (_("names in it"), ", ".join(sorted(kept.keys()))),
        (_("visits, counted in it"), str(visits)),
    ]


def where(id_hash: str) -> str:
    in_redis = settings.SESSION_ENGINE == "core.sessions.redis"
    return redis.key(id_hash) if in_redis else f"django_session {id_hash[: database.KEY_LENGTH]}"


def life_of(id_hash: str) -> float | None:
    if settings.SESSION_ENGINE == "core.sessions.redis":
        try:
            return float(ask("TTL", redis.key(id_hash)))
        except ResponseError:  # an account that may do no more than sessions need
            return None
    row = database.rows(id_hash).first()
    return None if row is None else (row.expire_date - timezone.now()).total_seconds()


def seconds(value: float | None) -> str:
    return _("unknown") if value is None else f"{value:.0f} s"


def names(request: HttpRequest) -> Rows:
    """What g holds when a request begins: nothing."""
    found = g.get("tour", _("not set"))
    g.tour = time.strftime("%H:%M:%S")
    return [(_("g.tour when the request began"), found), (_("g.tour now"), g.tour)]


def cache_set(request: HttpRequest) -> Rows:
    cache.set(NAME, "xxx", KEPT)
    return [(f'cache.set("{NAME}", "xxx", {KEPT})', cache.make_key(NAME))]


def cache_get(request: HttpRequest) -> Rows:
    value = cache.get(NAME)
    if value is None:
        return [(f'cache.get("{NAME}")', "None")]
    return [(f'cache.get("{NAME}")', value), (_("time to live"), seconds(left()))]


def left() -> float | None:
    """How long the cache will keep the name."""
    if hasattr(cache, "ttl"):
        return cache.ttl(NAME)
    ends = getattr(cache, "_expire_info", {}).get(cache.make_key(NAME))  # LocMemCache has no ttl()
    return None if ends is None else ends - time.time()


def pool(request: HttpRequest) -> Rows:
    """Ten queries of a second at once, and the pool meanwhile."""
    if connection.settings_dict["ENGINE"] != "core.mysql_pool":
        return [(_("pool"), _("none: this is not MySQL. `make stack` has one"))]
    if not _one_at_a_time.acquire(blocking=False):
        return [(_("pool"), _("somebody else is trying it just now"))]
    try:
        return list(slow_queries())
    finally:
        _one_at_a_time.release()


def slow_queries() -> Iterator[tuple[str, str]]:
    begin = time.monotonic()
    with ThreadPoolExecutor(QUERIES) as team:
        asked = [team.submit(fetch_one, "SELECT SLEEP(1)") for _number in range(QUERIES)]
        running = set(asked)
        while running:
            running = wait(running, timeout=0.25).not_done
            state = "; ".join(each.status() for each in all_pools())
            yield f"{time.monotonic() - begin:.1f} s", state
    failed = [error for each in asked if (error := each.exception())]
    if any(not isinstance(error, DatabaseError) for error in failed):
        raise failed[0]
    yield _("queries that gave up"), str(len(failed))


def polite(sender: str, word: str, **kwargs: object) -> str:
    return _("heard “%(word)s” from %(sender)s") % {"word": word, "sender": sender}


def clumsy(sender: str, **kwargs: object) -> str:
    raise ValueError(_("I always fail"))


tried.connect(polite)
tried.connect(clumsy)


def signal(request: HttpRequest) -> Rows:
    """Who heard it, in the sender's own call; send_robust gives the exception back."""
    heard = tried.send_robust("/docs/try/", word="ink")
    return [(receiver.__name__, str(answer)) for receiver, answer in heard]


TRIALS: dict[str, Callable[[HttpRequest], Rows]] = {
    "session": session,
    "g": names,
    "set": cache_set,
    "get": cache_get,
    "pool": pool,
    "signal": signal,
}
