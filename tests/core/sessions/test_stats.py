"""What is counted of sessions, on both stores."""

import pytest
from redis.exceptions import ConnectionError as Refused

from core import board
from core.sessions import stats, wire
from core.sessions.merge import SessionStoreUnavailable


@pytest.fixture
def counted(settings, tmp_path):
    settings.RUN_DIR = tmp_path
    stats.slots.forget()
    yield lambda: dict(board.totals(board.readings(stats.SESSIONS)).get("sessions", {}))
    stats.slots.forget()


def test_looks_and_saves_are_counted(counted, alices):
    first, second = alices(), alices()
    first["basket"] = 1
    second["theme"] = "dark"
    first.save()
    second.save()
    assert counted() == {"loads": 2, "saves": 3, "conflicts": 1, "outages": 0}


def test_an_unanswered_command_is_counted(counted, redis, monkeypatch):
    def refuse(*words):
        raise Refused

    monkeypatch.setattr(wire, "converse", refuse)
    with pytest.raises(SessionStoreUnavailable):
        wire.ask("PING")
    assert counted()["outages"] == 1
