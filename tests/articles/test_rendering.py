"""Fields derived from a text follow it, however a row is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from articles.models import OUTDATED, Article
from articles.models import article as article_module
from articles.rendering import outdated, render_anew, store
from core.markdown import VERSION
from tests.articles.outdated_rows import OLD, make_outdated
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def old() -> Article:
    return make_outdated(make_user())


def stored(article: Article) -> tuple[str, str, int]:
    row = Article.objects.get(pk=article.pk)
    return row.body_html, row.excerpt, row.rendered_by


NEW = ("<p>As <strong>now</strong>.</p>\n", "As now.", VERSION)


def test_row_is_made_with_the_current_version():
    article = make_article(make_user(), body="As **now**.")
    assert stored(article) == NEW
    assert not outdated().exists()


def test_line_ends_are_breaks_where_the_article_says_so():
    article = make_article(make_user(), body="one\ntwo", breaks=True)
    assert "<br>" in article.body_html
    article.breaks = False
    article.save()
    assert "<br>" not in stored(article)[0]


def test_saving_the_text_alone_saves_its_line_breaks_too(old):
    old.breaks, old.body = True, "one\ntwo"
    old.save(update_fields=["body"])
    row = Article.objects.get()
    assert (row.breaks, row.rendered_by, "<br>" in row.body_html) == (True, VERSION, True)


def test_saving_line_breaks_alone_leaves_the_text_of_the_row():
    article = make_article(make_user(), body="one\ntwo")
    other = Article.objects.get()
    other.body = "three\nfour"
    other.save()
    article.breaks = True
    article.save(update_fields=["breaks"])
    row = Article.objects.get()
    assert (row.body, row.breaks, row.rendered_by) == ("three\nfour", True, OUTDATED)


def test_saving_without_the_text_marks_the_row_as_outdated():
    make_article(make_user(), body="one\ntwo")
    article = Article.objects.defer("body", "body_html").get()
    article.breaks = True
    article.save()
    assert Article.objects.get().rendered_by == OUTDATED


def test_change_of_line_breaks_counts_as_a_change_of_the_article():
    article = make_article(make_user())
    before = article.updated_at
    article.breaks = True
    article.save(update_fields=["breaks"])
    article.refresh_from_db()
    assert article.updated_at > before


def test_fixture_gets_its_html(tmp_path: Path, old):
    file = tmp_path / "articles.json"
    call_command("dumpdata", "articles.article", output=str(file))
    call_command("loaddata", str(file), verbosity=0)
    assert stored(old) == NEW


def test_fixture_written_by_hand_needs_no_html(tmp_path: Path):
    fields = {
        "author": make_user().pk,
        "title": "One",
        "slug": "one",
        "body": "As **now**.",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    rows = [{"model": "articles.article", "pk": 7, "fields": fields}]
    (tmp_path / "one.json").write_text(json.dumps(rows))
    call_command("loaddata", str(tmp_path / "one.json"), verbosity=0)
    assert stored(Article.objects.get(pk=7)) == NEW


def test_fixture_that_the_renderer_refuses_keeps_its_html(tmp_path, old, monkeypatch):
    file = tmp_path / "articles.json"
    call_command("dumpdata", "articles.article", output=str(file))
    monkeypatch.setattr(article_module, "render", refuse)
    call_command("loaddata", str(file), verbosity=0)
    assert stored(old) == tuple(OLD.values())


def refuse(*args: Any, **kwargs: Any) -> str:
    raise ValueError("more than enough")


def test_rendering_is_stored_without_a_change_of_the_date(old):
    assert store(old, render_anew(old))
    row = Article.objects.get()
    assert stored(old) == NEW
    assert row.updated_at == old.updated_at


ELSEWHERE = {
    "text": {"body": "AS **NOW**."},
    "line breaks": {"breaks": True},
    "version": {"rendered_by": VERSION},
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_row_that_has_changed_meanwhile_stays(old, what):
    before = render_anew(old)
    Article.objects.update(**ELSEWHERE[what])
    row = Article.objects.values().get()
    assert not store(old, before)
    assert Article.objects.values().get() == row


def test_row_of_a_newer_version_stays(old):
    Article.objects.update(rendered_by=VERSION + 1)
    assert not outdated().exists()
