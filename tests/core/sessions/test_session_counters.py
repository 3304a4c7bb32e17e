"""What the session stores report, which core/apps.py counts for /metrics."""

from collections import Counter

import pytest
from redis.exceptions import ConnectionError as Refused

from core.sessions import backend, connection
from core.sessions.backend import SessionStoreUnavailable


@pytest.fixture
def counted(monkeypatch):
    found = Counter()
    monkeypatch.setattr(backend, "counters", [lambda event: found.update([event])])
    return found


def test_this_site_counts(alices):
    assert len(backend.counters) == 1


def test_reads_and_saves_are_counted(counted, alices):
    first, second = alices(), alices()
    first["basket"] = 1
    second["theme"] = "dark"
    first.save()
    second.save()
    assert counted == {"loads": 2, "saves": 3, "conflicts": 1}


def test_an_unanswered_command_is_counted(counted, redis, monkeypatch):
    def refuse(*words):
        raise Refused

    monkeypatch.setattr(connection, "send", refuse)
    with pytest.raises(SessionStoreUnavailable):
        connection.execute("PING")
    assert counted == {"outages": 1}
