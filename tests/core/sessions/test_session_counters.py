"""The counters of the session stores."""

import pytest
from redis.exceptions import ConnectionError as Refused

from core.sessions import backend, connection
from core.sessions.backend import SessionStoreUnavailable
from core.shared_memory.counter_files import readings, totals
from core.shared_memory.process_counters import Counters


@pytest.fixture
def counted(settings, monkeypatch, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    monkeypatch.setattr(backend, "counters", Counters("sessions", backend.SESSIONS))
    return lambda: totals(readings(backend.SESSIONS))["sessions"]


def test_reads_and_saves_are_counted(counted, alices):
    first, second = alices(), alices()
    first["basket"] = 1
    second["theme"] = "dark"
    first.save()
    second.save()
    assert counted() == {"loads": 2, "saves": 3, "conflicts": 1, "outages": 0, "processes": 1}


def test_an_unanswered_command_is_counted(counted, redis, monkeypatch):
    def refuse(*words):
        raise Refused

    monkeypatch.setattr(connection, "send", refuse)
    with pytest.raises(SessionStoreUnavailable):
        connection.execute("PING")
    assert counted()["outages"] == 1
