"""An outdated article is rendered when it is read, and stored if nothing blocks the write."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client

from articles import lazy_rendering, rendering
from articles.lazy_rendering import store_lock, up_to_date
from articles.models import OUTDATED, Article
from articles.models import article as article_module
from articles.rendering import REFUSED, outdated
from articles.schedule import moments
from core.invalidation.generations import generations
from core.markdown import VERSION
from core.page_cache.common_pages import commons
from tests.articles.outdated_rows import OLD, make_outdated
from tests.articles.test_rendering import refuse
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)
OLD_TEXTS = (OLD["body_html"], OLD["excerpt"])
MARIADB = settings.DATABASES["default"]["ENGINE"] == "core.mysql_pool"


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    for memory in (commons, moments):
        memory.clear()
    store_lock.forget()
    yield
    commons.clear()
    store_lock.forget()


@pytest.fixture
def old(alice) -> Article:
    return make_outdated(alice)


def text_of(client: Client, article: Article) -> str:
    response = client.get(article.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def shows_new(page: str) -> bool:
    """Whether text and head of the page are new; the head's description is the excerpt."""
    return "<strong>now</strong>" in page and 'content="As now."' in page and "once" not in page


def is_stored() -> bool:
    row = Article.objects.get()
    return row.rendered_by == VERSION and "now" in row.body_html and row.excerpt == "As now."


def test_first_reader_gets_the_new_rendering_and_it_is_stored(client, old):
    assert shows_new(text_of(client, old))
    assert is_stored()
    assert Article.objects.get().updated_at == old.updated_at


def test_author_of_a_draft_gets_the_new_rendering(client, alice):
    draft = make_outdated(alice, status="draft")
    client.force_login(alice)
    assert shows_new(text_of(client, draft))
    assert is_stored()


def test_storing_a_rendering_invalidates_no_page(client, old):
    before = generations().stamp()
    text_of(client, old)
    assert is_stored()
    assert generations().stamp() == before


def test_current_article_costs_nothing(alice, django_assert_num_queries):
    article = make_article(alice)
    with django_assert_num_queries(0):
        assert up_to_date(article) is article


def test_current_page_takes_no_more_queries_than_before(client, alice, monkeypatch):
    article = make_article(alice)
    monkeypatch.setattr(lazy_rendering, "render_anew", refuse)
    monkeypatch.setattr(lazy_rendering, "store", refuse)
    text_of(client, article)


def test_outdated_page_is_rendered_once_for_many_readers(client, old, monkeypatch):
    rendered = []

    def counted(article):
        rendered.append(article.pk)
        return before(article)

    before = lazy_rendering.render_anew
    monkeypatch.setattr(lazy_rendering, "render_anew", counted)
    for _ in range(3):
        assert shows_new(text_of(client, old))
    assert len(rendered) <= 2  # the head and the text read the row each


def test_text_that_is_refused_keeps_its_html(client, old, monkeypatch):
    monkeypatch.setattr(article_module, "render", refuse)
    assert OLD["body_html"] in text_of(client, old)
    row = Article.objects.get()
    assert (row.rendered_by, row.body_html, row.excerpt) == (REFUSED, *OLD_TEXTS)
    assert row.updated_at == old.updated_at


def test_text_that_was_refused_is_not_tried_by_later_readers(client, old, monkeypatch):
    monkeypatch.setattr(article_module, "render", refuse)
    text_of(client, old)
    tried = []
    monkeypatch.setattr(lazy_rendering, "render_anew", lambda article: tried.append(article))
    for _ in range(2):
        for memory in (commons, moments):
            memory.clear()
        assert OLD["body_html"] in text_of(client, old)
    assert tried == []


def test_refused_text_is_rendered_again_by_the_next_version_and_by_a_save(old, monkeypatch):
    old.rendered_by = REFUSED
    assert rendering.is_settled(old)
    monkeypatch.setattr(rendering, "VERSION", VERSION + 1)
    assert not rendering.is_settled(old)
    old.body = "As **now**."
    old.save()
    assert is_stored()


def test_article_deleted_while_its_page_is_made_is_missing_from_then_on(client, old, monkeypatch):
    def deleting(article):
        Article.objects.filter(pk=article.pk).delete()
        return render_anew(article)

    render_anew = lazy_rendering.render_anew
    monkeypatch.setattr(lazy_rendering, "render_anew", deleting)
    assert client.get(old.get_absolute_url()).status_code == 200  # read before
    assert client.get(old.get_absolute_url()).status_code == 404


def fail(*args):
    raise OperationalError(1290, "The server is running with --read-only")


def test_failed_write_is_logged_and_not_repeated_at_once(client, old, monkeypatch, caplog):
    tried = []
    monkeypatch.setattr(lazy_rendering, "unlocked", lambda keys: tried.append(keys) or fail())
    with caplog.at_level(logging.WARNING, "articles"):
        for _ in range(3):
            commons.clear()
            assert shows_new(text_of(client, old))
    assert len(tried) == 1
    [record] = [each for each in caplog.records if each.name.startswith("articles")]
    assert "read-only" in record.getMessage()
    store_lock.forget()  # as after the pause
    monkeypatch.undo()
    commons.clear()
    text_of(client, old)
    assert is_stored()


def test_failing_write_leaves_the_transaction_around_it_usable(old, monkeypatch):
    monkeypatch.setattr(lazy_rendering, "unlocked", fail)
    with transaction.atomic():
        up_to_date(old)
        assert Article.objects.get().rendered_by == OUTDATED


def test_reader_does_not_wait_while_another_one_stores(old, monkeypatch):
    monkeypatch.setattr(lazy_rendering, "LOCK_TIMEOUT", 0.01)
    with store_lock().lock:
        assert up_to_date(old).rendered_by == VERSION
    assert Article.objects.get().rendered_by == OUTDATED


@contextmanager
def locked_elsewhere(pk: int) -> Iterator[None]:
    """Runs the block while another connection has written the row and not committed."""
    taken, done = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Article.objects.filter(pk=pk).update(summary="x")
                taken.set()
                done.wait(30)
                transaction.set_rollback(True)
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    try:
        assert taken.wait(30)
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.skipif(not MARIADB, reason="runs in the pass on MariaDB")
class TestOnMariaDB:
    def test_locked_row_is_shown_at_once(self, client, old):
        with connection.cursor() as cursor:
            cursor.execute("SET innodb_lock_wait_timeout = 50")
        with locked_elsewhere(old.pk):
            assert shows_new(text_of(client, old))
            assert outdated().count() == 1
        commons.clear()
        text_of(client, old)
        assert is_stored()

    def test_read_only_database_shows_the_new_rendering(self, client, old, caplog):
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
        try:
            assert shows_new(text_of(client, old))
        finally:
            connection.close()
        assert Article.objects.get().rendered_by == OUTDATED
        assert "cannot be stored" in caplog.text
