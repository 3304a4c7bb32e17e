"""Keeps the rows of LoginSession in step with the sessions that start, rotate, are used and end."""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.db import Error, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import REVOKED, LoginSession, User, end_sessions
from accounts.user_agents import browser_and_system
from core.failures.read_only import read_only_variable
from core.g import current_request
from core.http import GetResponse
from core.http.failure_log import Kinds, kind_of
from core.http.ip_addresses import parsed
from core.sessions.store import Store

SEEN_EVERY = 5 * 60  # seconds between two updates of a session's row by one process
MOST_SEEN = 10_000  # sessions of which a process remembers the last update
SWEEP_FROM = 10  # rows of one user from which on a sign-in sweeps that many of the oldest
READ_ONLY_PAUSE = 10.0  # seconds without updates after the database was found to be read-only
updated_at: dict[str, float] = {}  # time.monotonic() of this process's last update, by hash
paused = {"until": -math.inf}  # time.monotonic()
failures = Kinds()
log = logging.getLogger(__name__)


def devices(get_response: GetResponse) -> GetResponse:
    """Middleware outside that of the sessions, so that the session is stored before its row."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code < 500:
            update_used(request)
        return response

    return middleware


def update_used(request: HttpRequest) -> None:
    """Update the row of the session that this request used; end a session that was refused."""
    session = cast(Store, getattr(request, "session", None))
    if session is None or not session.accessed:
        return
    user_id, id_hash = session.get(SESSION_KEY), session.id_hash
    if user_id is None or id_hash is None:
        return
    with failures_logged():
        if hasattr(request, "_cached_user") and not request.user.is_authenticated:
            end_if_refused(id_hash, user_id)
        elif is_due(id_hash):
            update_row(request, id_hash, user_id)


def is_due(id_hash: str) -> bool:
    now = time.monotonic()
    return now >= paused["until"] and now - updated_at.get(id_hash, -SEEN_EVERY) >= SEEN_EVERY


def end_if_refused(id_hash: str, user_id: str) -> None:
    """End the session of a user whom SQL has deactivated or deleted; request.user may be older."""
    if not User.objects.filter(pk=user_id, is_active=True).exists():
        end_sessions([id_hash])


def update_row(request: HttpRequest, id_hash: str, user_id: str) -> None:
    """Write that a session was used now; a session without a row gets one."""
    seen = {"last_seen_at": timezone.now(), **details(request)}
    if not LoginSession.objects.filter(id_hash=id_hash).update(**seen):
        add_row(id_hash, user_id)
        LoginSession.objects.filter(id_hash=id_hash).sweep()  # the session may have ended by now
    remember_update(id_hash)


def remember_update(id_hash: str) -> None:
    if len(updated_at) >= MOST_SEEN:
        updated_at.clear()
    updated_at[id_hash] = time.monotonic()


def add_row(id_hash: str, user_id: str) -> None:
    row = LoginSession(id_hash=id_hash, user_id=int(user_id), **details(current_request()))
    with transaction.atomic():
        row.save(force_insert=True)


def add_signed_in(session: Store, id_hash: str) -> None:
    """Add the row of a session that is stored for the first time with its user."""
    user_id = session[SESSION_KEY]
    add_row(id_hash, user_id)
    # If the user was deactivated or the password changed since the sign-in read the account, all
    # sessions with a row were ended then; this row came later.
    user = User.objects.filter(pk=user_id).first()
    if user is None or not user.accepts(dict(session.items())):
        end_sessions([id_hash])
    rows = LoginSession.objects.filter(user=user)
    oldest = list(rows.order_by("last_seen_at").values_list("pk", flat=True)[:SWEEP_FROM])
    if len(oldest) == SWEEP_FROM:
        rows.filter(pk__in=oldest).sweep()
    remember_update(id_hash)


def end_others(request: HttpRequest) -> int:
    """Sign the user out everywhere else, also where no row exists; the number of listed sessions.

    Raises UpdateError if the present session was ended meanwhile.
    """
    user, session = cast(User, request.user), request.session
    with transaction.atomic():  # the later of two requests fails before it ends the other's session
        user.increment_epoch()
        update_session_auth_hash(request, user)
        session.save()
    return LoginSession.objects.filter(user=user).exclude(id_hash=session.id_hash).end()


def details(request: HttpRequest | None) -> dict[str, Any]:
    """The columns of a row that describe the device of this request."""
    if request is None:
        return {}
    browser, system = browser_and_system(request.META.get("HTTP_USER_AGENT", ""))
    address = parsed(request.META.get("REMOTE_ADDR", ""))  # the peer of a socket file has none
    return {"address": address and str(address), "browser": browser, "system": system}


@contextmanager
def failures_logged() -> Iterator[None]:
    """A failure to write a row is logged and fails no request: a later one writes the row.

    Each write that a read-only database refuses costs a connection, so updates pause then.
    """
    try:
        yield
    except IntegrityError:
        pass  # another request has written the row, or the user was deleted
    except (Error, RedisError) as error:
        if read_only_variable(error):
            paused["until"] = time.monotonic() + READ_ONLY_PAUSE
        if failures.is_first(kind_of(error)):
            log.warning("The row of a session is not up to date: %s", error)


def on_session_started(session: Store, id_hash: str, **kwargs: Any) -> None:
    if SESSION_KEY in session:
        with failures_logged():
            add_signed_in(session, id_hash)


def on_session_rotated(session: Store, id_hash: str, old_id_hash: str, **kwargs: Any) -> None:
    if SESSION_KEY not in session:
        return
    with failures_logged():
        if not LoginSession.objects.filter(id_hash=old_id_hash).update(id_hash=id_hash):
            add_signed_in(session, id_hash)


def on_session_ended(id_hash: str, reason: str, **kwargs: Any) -> None:
    if reason == REVOKED:
        return  # end_sessions() deletes the rows, all at once
    with failures_logged():
        LoginSession.objects.filter(id_hash=id_hash).delete()


def before_user_delete(instance: User, **kwargs: Any) -> None:
    """End the user's sessions after the commit; their rows are deleted with the user."""
    hashes = list(LoginSession.objects.filter(user=instance).values_list("id_hash", flat=True))
    transaction.on_commit(partial(end_sessions, hashes), robust=True)
