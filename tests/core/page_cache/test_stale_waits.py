"""Requests do not wait for a database that is away; one thread asks whether it is back."""

import threading
import time

import pytest

from articles.models import Article
from core.page_cache import database_outage
from tests.core.page_cache.cached_site import Answer, Site
from tests.core.page_cache.failing_database import ASKED, UNASKED, Database, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_database_that_is_back_is_noticed_without_a_visitor_who_waits(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_outage, "REST", 0.02)
    site.get()
    database.is_away = True
    site.get()
    until(lambda: site.get() and database.refused > 2)
    database.is_away = False
    until(lambda: site.get() and not site.cache.outage.lasts)
    assert site.get().kept == "Inkpool; fwd=miss; stored"


def test_one_thread_asks_a_frozen_database_and_no_request_waits_for_it(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_outage, "REST", 0.0)
    site.get()
    database.is_away = True
    site.get()
    database.released.clear()
    before = database.refused
    begun = time.monotonic()
    for _ in range(50):
        assert UNASKED.fullmatch(site.get().kept)
    assert time.monotonic() - begun < 5
    until(lambda: database.refused == before + 1)
    assert database.refused == before + 1
    database.is_away = False


def test_those_who_wait_for_a_page_are_shown_the_old_one_once_another_fails(
    site: Site, article: Article, database: Database
) -> None:
    site.get("/")
    database.is_away = True
    database.released.clear()
    answers: list[Answer] = []
    visitors = [threading.Thread(target=lambda: answers.append(site.get("/"))) for _ in range(3)]
    for each in visitors:
        each.start()
    until(lambda: database.refused and site.cache._fills())
    site.cache._begin_outage()  # as for another page
    until(lambda: len(answers) == 2)  # the first one waits for the database still
    assert all(UNASKED.fullmatch(each.kept) for each in answers)
    database.released.set()
    for each in visitors:
        each.join()
    assert ASKED.fullmatch(answers[2].kept)
