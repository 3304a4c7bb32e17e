"""What the live tour at /docs/try/ lets one do: each trial gives rows of what it saw.

Promises: nothing shows a session's id, only its hash; what a trial occupies is given back
within seconds, and readers wait no more than a second for it. A server that does not answer
ends the trial as it ends any request: 503.
"""

import time
from collections.abc import Callable, Iterable
from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from redis.exceptions import ResponseError

from core.g import g
from core.sessions import database, redis
from core.sessions.connection import ask
from core.sessions.store import Store

Row = tuple[str, str]
Rows = list[Row]
NAME = "tour-name"
KEPT = 60  # seconds
DAY = 24 * 60 * 60

tried = Signal()  # sender: a word; word, heard: the rows to which each receiver adds its own


def session(request: HttpRequest) -> Rows:
    """The session of who asks, where it is kept, and for how long."""
    kept = cast(Store, request.session)
    visits, id_hash = kept.increment("tour"), kept.id_hash
    if id_hash is None:
        return [(_("session"), _("a new one, stored with this answer; try again"))]
    return [
        (_("kept under"), where(id_hash)),
        (_("time to live"), seconds(life_of(id_hash))),
        (_("keys in it"), ", ".join(sorted(kept.keys()))),
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
    if value is None:
        return _("unknown")
    if value < 2 * DAY:
        return f"{value:.0f} s"
    return _("%(seconds).0f s, %(days).0f days") % {"seconds": value, "days": value / DAY}


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


def pool(request: HttpRequest) -> Iterable[Row]:
    """Ten slow queries at once, and the pool meanwhile: row by row, as it is seen."""
    if connection.settings_dict["ENGINE"] != "core.mysql_pool":
        return [(_("pool"), _("none: this is not MySQL; “make stack” has one"))]
    from core.guide.pool_trial import slow_queries  # with a driver that SQLite's door has not

    return slow_queries()


def polite(sender: str, word: str, heard: Rows, **kwargs: object) -> None:
    said = _("heard “%(word)s” from %(sender)s") % {"word": word, "sender": sender}
    heard.append(("polite", said))


def clumsy(sender: str, **kwargs: object) -> None:
    raise ValueError(_("I always fail"))


def late(sender: str, heard: Rows, **kwargs: object) -> None:
    heard.append(("late", _("heard it too")))


tried.connect(polite)
tried.connect(clumsy)
tried.connect(late)


def signal(request: HttpRequest) -> Rows:
    """Who heard it, in the sender's own call, up to the one that fails.

    Not by send_robust(), which would log an error for somebody to be called about.
    """
    heard: Rows = []
    try:
        tried.send("/docs/try/", word="ink", heard=heard)
    except ValueError as error:
        heard.append(("clumsy", f"ValueError: {error}"))
    return heard


def login(request: HttpRequest) -> Rows:
    """What the sign-in form says of a pair; it is judged where the form is."""
    judge = import_string("accounts.trial.judged")
    return cast(Rows, judge(request.POST.get("name", ""), request.POST.get("pwd", "")))


TRIALS: dict[str, Callable[[HttpRequest], Iterable[Row]]] = {
    "session": session,
    "g": names,
    "set": cache_set,
    "get": cache_get,
    "pool": pool,
    "signal": signal,
    "login": login,
}
