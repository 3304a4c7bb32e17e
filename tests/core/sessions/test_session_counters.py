"""The counters of the session stores."""

import pytest
from redis.exceptions import ConnectionError as Refused

from core.sessions import backend, connection
from core.sessions.backend import SessionStoreUnavailable
from core.shared_memory import process_counters


@pytest.fixture
def counted(settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    backend.slots.forget()
    yield lambda: dict(
        process_counters.totals(process_counters.readings(backend.SESSIONS)).get("sessions", {})
    )
    backend.slots.forget()


def test_reads_and_saves_are_counted(counted, alices):
    first, second = alices(), alices()
    first["basket"] = 1
    second["theme"] = "dark"
    first.save()
    second.save()
    assert counted() == {"loads": 2, "saves": 3, "conflicts": 1, "outages": 0}


def test_an_unanswered_command_is_counted(counted, redis, monkeypatch):
    def refuse(*words):
        raise Refused

    monkeypatch.setattr(connection, "send", refuse)
    with pytest.raises(SessionStoreUnavailable):
        connection.execute("PING")
    assert counted()["outages"] == 1
