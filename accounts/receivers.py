"""What happens to the row of a session when the session starts, moves or ends."""

from functools import partial
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.db import transaction

from accounts import devices
from accounts.login_sessions import REVOKED, LoginSession, end
from accounts.models import User
from core.sessions.store import Store


def on_started(session: Store, id_hash: str, **kwargs: Any) -> None:
    if SESSION_KEY in session:
        with devices.healing_later():
            devices.signed_in(session, id_hash)


def on_rotated(session: Store, id_hash: str, old_id_hash: str, **kwargs: Any) -> None:
    if SESSION_KEY in session:
        with devices.healing_later():
            devices.moved(session, id_hash, old_id_hash)


def on_ended(id_hash: str, reason: str, **kwargs: Any) -> None:
    if reason == REVOKED:
        return  # who says so deletes the rows, all in one go
    with devices.healing_later():
        LoginSession.objects.filter(id_hash=id_hash).delete()


def before_delete(instance: User, **kwargs: Any) -> None:
    """The rows are gone with their user; the sessions have to be ended after them."""
    hashes = list(LoginSession.objects.filter(user=instance).values_list("id_hash", flat=True))
    transaction.on_commit(partial(end, hashes), robust=True)
