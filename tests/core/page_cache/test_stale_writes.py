"""Writes, broken links and due articles end or suspend the pages past their time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from core.invalidation import checked_memory
from core.invalidation.generations import generations
from tests.core.page_cache.cached_site import Site
from tests.core.page_cache.failing_database import Database, until
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


def test_write_known_here_ends_it(site: Site, article: Article, database: Database) -> None:
    site.get()
    Article.objects.update(title="The second one")
    database.is_away = True
    assert site.get().status == 503


def test_write_under_way_suspends_it(site: Site, article: Article, database: Database) -> None:
    """Its commit may have been done already."""
    site.get()
    database.is_away = True
    mark = generations().begin(generations().mask(["users"]))
    assert site.get().status == 503
    generations().forget(mark)
    assert site.get().status == 200


def test_write_that_never_reached_the_database_does_not_end_it(
    site: Site, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get()
    database.is_away = True

    def refuse(*args: Any) -> None:
        raise OperationalError(2002, "Can't connect to server")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refuse)
        with pytest.raises(OperationalError):
            Article.objects.filter(pk=article.pk).update(title="Lost")
    assert site.get().status == 200


def test_zero_switches_it_off_after_a_broken_link_as_well(
    site: Site, article: Article, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 0
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    site.get()
    generations().bump_link()
    database.is_away = True
    assert site.get().status == 503


def test_time_of_a_page_ends_with_the_link_to_other_hosts(
    site: Site, article: Article, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE_STALE = 600
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    site.get()
    generations().bump_link()
    database.is_away = True
    stale = site.get()
    left = re.fullmatch(r"max-age=0, stale-if-error=(\d+)", stale.headers["Cache-Control"])
    assert left and 590 < int(left[1]) <= 600
    assert re.search(r"ttl=(0|-\d+);", stale.kept)


def test_broken_link_to_other_hosts_does_not_end_it(
    site: Site, article: Article, database: Database
) -> None:
    """What is kept holds no longer, but nothing is known to be written."""
    site.get()
    generations().bump_link()
    assert not site.get().is_hit
    generations().bump_link()
    database.is_away = True
    assert site.get().status == 200


def test_article_that_becomes_due_appears_after_the_outage(
    site: Site, alice: User, article: Article, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked_memory, "age", lambda: 60.0)
    due = timezone.now() + timedelta(seconds=0.3)
    make_article(alice, title="Due soon", publish_at=due)
    site.get()
    database.is_away = True
    until(lambda: timezone.now() > due)
    stale = site.get()
    assert (stale.status, b"Due soon" in stale.body) == (200, False)
    database.is_away = False
    site.cache.outage.end()
    assert b"Due soon" in site.get().body
