"""Sessions in a database that is read-only: read as ever, whatever their age."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

from core.sessions.database import DatabaseBackend, SessionStore

READ_ONLY = "The MariaDB server is running with the --read-only option so it cannot execute this"


@pytest.fixture
def alices_old(db, settings):
    """How a request opens a session of Alice's that is due to be prolonged."""
    session = SessionStore()
    session["user"] = "alice"
    session.save()
    row = Session.objects.get(session_key=session.id_hash[:40])
    row.expire_date -= timedelta(seconds=settings.SESSION_COOKIE_AGE * 0.5)
    row.save()
    return lambda: SessionStore(session.session_key)


@pytest.fixture
def prolonging_fails(monkeypatch):
    def fail(error):
        def prolong(self, id_hash, ttl):
            raise error

        monkeypatch.setattr(DatabaseBackend, "prolong", prolong)

    return fail


def test_a_session_that_cannot_be_prolonged_is_read(alices_old, prolonging_fails):
    prolonging_fails(OperationalError(1290, READ_ONLY))
    assert alices_old()["user"] == "alice"


def test_any_other_error_goes_up(alices_old, prolonging_fails):
    prolonging_fails(OperationalError(2006, "Server has gone away"))
    with pytest.raises(OperationalError):
        alices_old()["user"]
