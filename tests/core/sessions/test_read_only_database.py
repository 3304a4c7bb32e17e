"""Sessions in a read-only database: they are read, whatever their age, and not prolonged."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.db.models import QuerySet

from core.sessions.database import SessionStore

READ_ONLY = "The MariaDB server is running with the --read-only option so it cannot execute this"


@pytest.fixture(params=[True, False], ids=["signed", "bare"])
def alices_old(request, db, settings):
    """Opens a session of Alice's that is due to be prolonged."""
    settings.INKPOOL_SESSION_USE_SIGNER = request.param
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
        def update(self, **values):
            raise error

        monkeypatch.setattr(QuerySet, "update", update)

    return fail


def test_session_is_read_without_being_prolonged(alices_old, prolonging_fails):
    prolonging_fails(OperationalError(1290, READ_ONLY))
    assert alices_old()["user"] == "alice"


def test_other_errors_are_raised(alices_old, prolonging_fails):
    prolonging_fails(OperationalError(2006, "Server has gone away"))
    with pytest.raises(OperationalError):
        alices_old()["user"]
