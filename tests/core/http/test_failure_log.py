"""The log of an outage and of a mistake: how many lines, and which of them have a traceback."""

import logging

import pytest
from django.db import DataError, OperationalError
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from core.http import failure_log
from core.http.failure_log import MINUTE, Kinds
from core.sessions.backend import SessionStoreUnavailable
from tests.forked import in_a_child


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Seconds that the test moves on; no outage has been logged yet."""
    now = {"seconds": 1000.0}
    monkeypatch.setattr(failure_log, "kinds", Kinds())
    monkeypatch.setattr(failure_log.time, "monotonic", lambda: now["seconds"])
    return now


@pytest.fixture
def ask(monkeypatch, caplog):
    """Answers a page whose view raises the error; the records that this adds to the log."""
    client = Client(raise_request_exception=False)

    def ask(error: Exception) -> tuple[int, list[logging.LogRecord]]:
        def view(count: int) -> None:
            raise error

        caplog.clear()
        monkeypatch.setattr("articles.queries.newest", view)
        return client.get("/article").status_code, list(caplog.records)

    return ask


AWAY = [
    OperationalError(2002, "no server"),
    OperationalError(1290, "running with the --read-only option"),
    RedisConnectionError("Error 111 connecting"),
]


@pytest.mark.parametrize("error", AWAY, ids=str)
def test_each_503_writes_one_line_that_names_the_cause(ask, error):
    for expected in (True, False, False):
        status, (record,) = ask(error)
        assert status == 503
        assert str(error.args[-1]) in record.getMessage()
        assert record.getMessage().startswith("Service Unavailable: /article: ")
        assert bool(record.exc_info) is expected


def test_the_first_of_a_kind_in_a_minute_has_the_traceback(ask, clock):
    away, read_only, _ = AWAY
    found = []
    for pause, error in [(0, away), (1, read_only), (1, away), (MINUTE, away), (1, away)]:
        clock["seconds"] += pause
        found.append(bool(ask(error)[1][0].exc_info))
    assert found == [True, True, False, True, False]


def test_each_fault_of_redis_is_a_kind_of_its_own(ask):
    """Also behind one class: the sessions' own error is raised from that of redis-py."""
    for cause in (RedisConnectionError("Error 111"), ResponseError("OOM"), ResponseError("BUSY")):
        error = SessionStoreUnavailable(str(cause))
        error.__cause__ = cause
        for expected in (True, False):
            status, (record,) = ask(error)
            assert (status, bool(record.exc_info)) == (503, expected)
            assert str(cause) in record.getMessage()


def test_each_mistake_has_its_cause_and_its_traceback(ask):
    for _ in range(2):
        status, (record,) = ask(DataError(1366, "Incorrect string value for column `title`"))
        assert status == 500
        expected = "Internal Server Error: /article: DataError 1366: Incorrect string value"
        assert record.getMessage().startswith(expected)
        assert record.exc_info[0] is DataError


def test_forked_child_logs_though_a_thread_of_its_parent_did_so_just_then():
    kinds = Kinds()
    with kinds._lock():  # the thread is not in the child, so it stays locked there
        assert in_a_child(lambda: kinds.is_first("away"))
