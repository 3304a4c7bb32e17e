"""Keeps the rows of LoginSession beside the sessions: when one starts, moves and is used."""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.db import Error, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.current import GetResponse, current
from accounts.login_sessions import LoginSession, end, signs_in
from accounts.models import User
from accounts.user_agents import names
from core.failures.read_only import read_only_variable
from core.http.failure_log import Kinds, kind_of
from core.http.ip_addresses import parsed
from core.sessions.store import Store

SEEN_EVERY = 5 * 60  # seconds between two notes of one process that a session is used
MOST_NOTED = 10_000  # sessions that a process remembers to have noted
MANY = 10  # rows of one user from which on a sign-in looks which of the oldest are over
READ_ONLY_PAUSE = 10.0  # seconds in which a process notes nothing, as the database is read-only
noted: dict[str, float] = {}  # by hash, when this process has last noted that it was used
paused = {"until": -math.inf}  # time.monotonic()
told = Kinds()
log = logging.getLogger(__name__)


def devices(get_response: GetResponse) -> GetResponse:
    """Middleware around the sessions': what it sees to comes after the session is saved."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = current.set(request)
        try:
            response = get_response(request)
            if response.status_code < 500:
                look_after(request)
            return response
        finally:
            current.reset(token)

    return middleware


def look_after(request: HttpRequest) -> None:
    """See to the row of the session that this request has used; end one that is refused."""
    session = cast(Store, getattr(request, "session", None))
    if session is None or not session.accessed:
        return
    user_id, id_hash = session.get(SESSION_KEY), session.id_hash
    if user_id is None or id_hash is None:
        return
    with healing_later():
        if hasattr(request, "_cached_user") and not request.user.is_authenticated:
            refuse(id_hash, user_id)
        elif is_due(id_hash):
            note(request, id_hash, user_id)


def is_due(id_hash: str) -> bool:
    now = time.monotonic()
    return now >= paused["until"] and now - noted.get(id_hash, -SEEN_EVERY) >= SEEN_EVERY


def refuse(id_hash: str, user_id: str) -> None:
    """End a session whose user was deactivated or deleted, by hand in the database."""
    if not User.objects.filter(pk=user_id, is_active=True).exists():  # request.user may be older
        end([id_hash])


def note(request: HttpRequest, id_hash: str, user_id: str) -> None:
    """Write that a session is in use; one without a row is given one."""
    used = {"last_seen_at": timezone.now(), **details(request)}
    if not LoginSession.objects.filter(id_hash=id_hash).update(**used):
        add_row(id_hash, user_id)
        LoginSession.objects.filter(id_hash=id_hash).sweep()  # it may have ended by now
    remember(id_hash)


def remember(id_hash: str) -> None:
    if len(noted) >= MOST_NOTED:
        noted.clear()
    noted[id_hash] = time.monotonic()


def add_row(id_hash: str, user_id: str) -> None:
    row = LoginSession(id_hash=id_hash, user_id=int(user_id), **details(current.get()))
    with transaction.atomic():
        row.save(force_insert=True)


def signed_in(session: Store, id_hash: str) -> None:
    """Write the row of a session that is stored for the first time with this user."""
    user_id = session[SESSION_KEY]
    add_row(id_hash, user_id)
    # Who was deactivated, or changed the password, since this sign-in looked at the account has
    # ended the rows there were; this one came later.
    user = User.objects.filter(pk=user_id).first()
    if user is None or not signs_in(user, dict(session.items())):
        end([id_hash])
    rows = LoginSession.objects.filter(user=user)
    if len(oldest := rows.order_by("last_seen_at")[:MANY].values_list("pk", flat=True)) == MANY:
        rows.filter(pk__in=list(oldest)).sweep()
    remember(id_hash)


def moved(session: Store, id_hash: str, old_id_hash: str) -> None:
    """Keep the row of a session that has got another id."""
    if not LoginSession.objects.filter(id_hash=old_id_hash).update(id_hash=id_hash):
        signed_in(session, id_hash)


def end_others(request: HttpRequest) -> int:
    """Sign this user out everywhere but here, also where no row tells of: how many there were.

    Raises UpdateError if this session itself has been ended meanwhile.
    """
    user, session = cast(User, request.user), cast(Store, request.session)
    with transaction.atomic():  # who is late must not count on, and so end the first one's session
        user.count_epoch()
        update_session_auth_hash(request, user)
        session.save()
    return LoginSession.objects.filter(user=user).exclude(id_hash=session.id_hash).end()


def details(request: HttpRequest | None) -> dict[str, Any]:
    """What a row tells of the device that sends this request."""
    if request is None:
        return {}
    browser, system = names(request.META.get("HTTP_USER_AGENT", ""))
    return {"address": address_of(request), "browser": browser, "system": system}


def address_of(request: HttpRequest) -> str | None:
    found = parsed(request.META.get("REMOTE_ADDR", ""))
    return str(found) if found else None  # the peer of a socket file has none


@contextmanager
def healing_later() -> Iterator[None]:
    """A failure here breaks no sign-in: a later request writes the row, or removes it.

    A write that a read-only database refuses costs its connection, and each request would try it.
    """
    try:
        yield
    except IntegrityError:
        pass  # another request has written the row, or the user is gone
    except (Error, RedisError) as error:
        if read_only_variable(error):
            paused["until"] = time.monotonic() + READ_ONLY_PAUSE
        if told.is_first(kind_of(error)):
            log.warning("The row of a session is not up to date: %s", error)
