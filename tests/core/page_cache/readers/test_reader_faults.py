"""Readers' pages while the session store fails, and requests that are refused."""

import re
from threading import get_ident
from typing import Any, NamedTuple

import pytest
from django.conf import settings as site_settings
from django.db import OperationalError
from django.test import Client

from articles.models import Article
from core.http.failure_log import Kinds
from core.page_cache import reader_pages
from core.sessions.backend import SessionStoreUnavailable
from core.sessions.inspection import session_store
from core.workers.worker_threads import worker
from tests.core.page_cache.readers.browsers import browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("engine", ["core.sessions.database", "core.sessions.redis"])
def test_thread_that_reads_a_session_from_the_database_counts_as_busy(
    engine: str, bob_settled: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, busy = session_store().backend, []
    stock = type(backend).read

    def noted(*args: Any) -> Any:
        busy.append(get_ident() in worker.requests())
        return stock(*args)

    monkeypatch.setattr(type(backend), "read", noted)
    monkeypatch.setattr(reader_pages, "session_store", lambda: Store(backend))
    settings.SESSION_ENGINE = engine
    settings.INKPOOL_SESSION_REDIS_URL = "redis://elsewhere"
    bob_settled.get("/")
    assert busy == [engine == "core.sessions.database"]


class Store(NamedTuple):
    backend: Any


@pytest.mark.parametrize("error", [SessionStoreUnavailable("away"), OperationalError(2006, "gone")])
def test_store_that_does_not_answer_is_asked_once_and_answered_with_a_503(
    error: Exception,
    bob_settled: Client,
    monkeypatch: pytest.MonkeyPatch,
    answered: list[bool],
) -> None:
    asked = []

    def fail(*args: Any) -> None:
        asked.append(args)
        raise error

    monkeypatch.setattr(type(session_store().backend), "read", fail)
    bob_settled.raise_request_exception = False
    response = bob_settled.get("/")
    assert (response.status_code, answered, len(asked)) == (503, [False], 1)
    assert site_settings.SESSION_COOKIE_NAME not in response.cookies
    assert "Content-Security-Policy" in response


def test_unexpected_error_is_logged_once_and_django_answers(
    bob_settled: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise ValueError("unexpected")

    monkeypatch.setattr(reader_pages, "failures", Kinds())
    monkeypatch.setattr(reader_pages, "is_settled", fail)
    pages = [bob_settled.get("/") for _ in range(3)]
    assert all(b"bob_reads" in page.content for page in pages)
    [record] = [each for each in caplog.records if each.name == reader_pages.__name__]
    assert (record.levelname, record.message) == ("ERROR", reader_pages.FAILED)
    assert record.exc_info and "unexpected" in str(record.exc_info[1])


@pytest.mark.parametrize("agent", ["BadBot/1.0", "Firefox"])
def test_disallowed_user_agent_is_refused(article: Article, settings: Any, agent: str) -> None:
    settings.DISALLOWED_USER_AGENTS = [re.compile("^BadBot")]
    bob = browser("Bob")
    for _ in range(3):
        bob.get("/")
    status = 403 if agent.startswith("BadBot") else 200
    assert bob.get("/", HTTP_USER_AGENT=agent).status_code == status


def test_empty_host_is_refused(bob_settled: Client) -> None:
    assert bob_settled.get("/", HTTP_HOST="").status_code == 400


def test_header_that_is_too_long_is_refused(bob_settled: Client) -> None:
    assert bob_settled.get("/", HTTP_USER_AGENT="x" * 9000).status_code == 431
