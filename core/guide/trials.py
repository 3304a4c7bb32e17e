"""The trials of the live tour at /docs/try/: each returns rows of a label and what was observed.

No trial shows a session id, only its hash. What a trial occupies is released within seconds, and a
reader waits at most a second for it. While a server does not answer, a trial is a 503 like any
other request.
"""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import ResponseError

from core.g import g
from core.sessions import database, redis
from core.sessions.connection import execute

Row = tuple[str, str]
Rows = list[Row]
Run = Callable[[HttpRequest], Iterable[Row]]
CACHE_KEY = "tour-name"
CACHE_TIMEOUT = 60  # seconds
DAY = 24 * 60 * 60


class Trial(NamedTuple):
    run: Run
    code: tuple[str, ...]  # dotted names of the functions and classes that the tour shows


tried = Signal()  # sender: a string; word; rows, to which each receiver appends its own


def session(request: HttpRequest) -> Rows:
    """The reader's session: its key in the store and its time to live."""
    store = request.session
    visits, id_hash = store.increment("tour"), store.id_hash
    if id_hash is None:
        return [(_("session"), _("a new one, stored with this answer; try again"))]
    return [
        (_("key in the store"), session_key(id_hash)),
        (_("time to live"), duration(session_time_to_live(id_hash))),
        (_("keys in it"), ", ".join(sorted(store.keys()))),
        (_("visits, counted in it"), str(visits)),
    ]


def session_key(id_hash: str) -> str:
    in_redis = settings.SESSION_ENGINE == "core.sessions.redis"
    return redis.key(id_hash) if in_redis else f"django_session {id_hash[: database.KEY_LENGTH]}"


def session_time_to_live(id_hash: str) -> float | None:
    if settings.SESSION_ENGINE == "core.sessions.redis":
        try:
            return float(execute("TTL", redis.key(id_hash)))
        except ResponseError:  # the Redis account need not be allowed to use TTL
            return None
    row = database.rows(id_hash).first()
    return None if row is None else (row.expire_date - timezone.now()).total_seconds()


def duration(seconds: float | None) -> str:
    if seconds is None:
        return _("unknown")
    if seconds < 2 * DAY:
        return f"{seconds:.0f} s"
    return _("%(seconds).0f s, %(days).0f days") % {"seconds": seconds, "days": seconds / DAY}


def names_on_g(request: HttpRequest) -> Rows:
    """`g.tour` at the beginning of the request, which is never set, and after it was set."""
    before = g.get("tour", _("not set"))
    g.tour = time.strftime("%H:%M:%S")
    return [(_("g.tour when the request began"), before), (_("g.tour now"), g.tour)]


def cache_set(request: HttpRequest) -> Rows:
    cache.set(CACHE_KEY, "xxx", CACHE_TIMEOUT)
    return [(f'cache.set("{CACHE_KEY}", "xxx", {CACHE_TIMEOUT})', cache.make_key(CACHE_KEY))]


def cache_get(request: HttpRequest) -> Rows:
    value = cache.get(CACHE_KEY)
    if value is None:
        return [(f'cache.get("{CACHE_KEY}")', "None")]
    return [
        (f'cache.get("{CACHE_KEY}")', value),
        (_("time to live"), duration(cache_time_to_live())),
    ]


def cache_time_to_live() -> float | None:
    if hasattr(cache, "ttl"):
        return cache.ttl(CACHE_KEY)
    expiries = getattr(cache, "_expire_info", {})  # LocMemCache has no ttl()
    expires = expiries.get(cache.make_key(CACHE_KEY))
    return None if expires is None else expires - time.time()


def pool(request: HttpRequest) -> Iterable[Row]:
    """The load of the pool while ten slow queries run, in rows that arrive as they are measured."""
    if connection.settings_dict["ENGINE"] != "core.mysql_pool":
        return [(_("pool"), _("none: this is not MySQL; “make stack” has one"))]
    from core.guide.pool_trial import slow_queries  # needs a driver that may not be installed

    return slow_queries()


def polite(sender: str, word: str, rows: Rows, **kwargs: object) -> None:
    row = _("received “%(word)s” from %(sender)s") % {"word": word, "sender": sender}
    rows.append(("polite", row))


def clumsy(sender: str, **kwargs: object) -> None:
    raise ValueError(_("I always fail"))


def late(sender: str, rows: Rows, **kwargs: object) -> None:
    rows.append(("late", _("received it too")))


tried.connect(polite)
tried.connect(clumsy)
tried.connect(late)


def signal(request: HttpRequest) -> Rows:
    """The receivers that ran, in their order, up to the one that raises.

    send_robust() would call all three, but also log an error, which may alert an operator.
    """
    rows: Rows = []
    try:
        tried.send("/docs/try/", word="ink", rows=rows)
    except ValueError as error:
        rows.append(("clumsy", f"ValueError: {error}"))
    return rows


def register_trial(name: str, run: Run, *code: str) -> None:
    """Add a trial under /docs/try/NAME/; an app does so in its AppConfig.ready().

    The tour shows the source of `code`, dotted names of functions and classes (by default `run`),
    beside the program templates/guide/flask/NAME.py.
    """
    TRIALS[name] = Trial(run, code or (f"{run.__module__}.{run.__name__}",))


TRIALS: dict[str, Trial] = {}
register_trial("session", session)
register_trial("g", names_on_g)
register_trial("set", cache_set)
register_trial("get", cache_get)
register_trial("pool", pool, "core.guide.pool_trial.load_while_querying")
register_trial("signal", signal, *(f"{__name__}.{name}" for name in ("polite", "clumsy", "signal")))
